"""Paths of a datastore that stand for many: ``weather/2018/*.csv``, ``**/labels.txt``."""

import re
from functools import lru_cache

SIGNS = re.compile(r"[*?]")
ANY_FOLDERS = "**"


def is_pattern(path: str) -> bool:
    """Whether ``path`` stands for the files it matches, rather than for itself."""
    return SIGNS.search(path) is not None


def literal(path: str) -> str:
    """What all matches begin with: everything before the first sign."""
    return SIGNS.split(path, maxsplit=1)[0]


def folder(path: str) -> str:
    """The folder all matches are below; empty when that is the datastore itself."""
    return literal(path).rpartition("/")[0]


def matches(pattern: str, path: str) -> bool:
    """Whether ``path`` is one of those that ``pattern`` stands for.

    ``*`` is any characters of one name and ``?`` one of them; ``**`` as a whole name is any folders or none, and at the
    end everything below. Everything else, ``[`` too, is itself.
    """
    return _expression(pattern).fullmatch(path) is not None


@lru_cache(1024)
def _expression(pattern: str) -> re.Pattern[str]:
    """Atomic where the first fit is as good as any other, so that no pattern takes longer than the path is long."""
    first, *blocks = _blocks(pattern.split("/"))
    if not blocks:
        return re.compile("/".join(map(_name, first)), re.DOTALL)
    begin = "".join(f"{_name(name)}/" for name in first)
    middle = "".join(f"(?>(?:[^/]+/)*?{''.join(f'{_name(name)}/' for name in block)})" for block in blocks[:-1])
    end = "(?:[^/]+/)*" + "/".join(map(_name, blocks[-1])) if blocks[-1] else ".+"
    return re.compile(begin + middle + end, re.DOTALL)


def _blocks(names: list[str]) -> list[list[str]]:
    """The names between one ``**`` and the next."""
    blocks: list[list[str]] = [[]]
    for name in names:
        if name == ANY_FOLDERS:
            blocks.append([])
        else:
            blocks[-1].append(name)
    return blocks


def _name(name: str) -> str:
    first, *pieces = (re.escape(piece).replace(r"\?", "[^/]") for piece in re.split(r"\*+", name))
    if not pieces:
        return first
    return first + "".join(f"(?>[^/]*?{piece})" for piece in pieces[:-1]) + "[^/]*" + pieces[-1]
