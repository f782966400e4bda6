"""Which files a pattern such as ``**/*.csv`` means."""

from __future__ import annotations

import re

_SIGNS = {"*": "[^/]*", "?": "[^/]"}


def matches(pattern: str, path: str) -> bool:
    """Whether ``path`` is one of those meant.

    ``*`` is any characters of one name and ``?`` one of them; ``**`` as a whole name is any folders or none, and at the
    end everything below. Everything else is itself.
    """
    *folders, last = [name for name in pattern.split("/") if name not in ("", ".")] or [""]
    above = "".join("(?:[^/]+/)*" if name == "**" else f"{_name(name)}/" for name in folders)
    return re.fullmatch(above + (".+" if last == "**" else _name(last)), path, re.DOTALL) is not None


def _name(name: str) -> str:
    return "".join(_SIGNS.get(sign) or re.escape(sign) for sign in re.sub(r"\*+", "*", name))
