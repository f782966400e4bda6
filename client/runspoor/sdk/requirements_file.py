"""The lines of pip's requirements files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from runspoor.sdk.exceptions import UserErrorException

_NESTED = re.compile(r"(?:-r|--requirement)[\s=]*(?P<path>\S.*)")
# What may follow a name; without that it is a URL or a path.
_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[^\]]*\])?\s*((?:[=<>!~;@(\s].*)?)",
                   re.DOTALL)


def requirement_lines(path: str | os.PathLike[str]) -> list[str]:
    """What a requirements file asks for, one to one, but for comments and with the files that ``-r`` names put in.

    Raises UserErrorException.
    """
    where = Path(path)
    try:
        text = where.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserErrorException(f"The requirements file {path} cannot be read: {error}") from error
    whole = re.sub(r"\\\n", " ", text)
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in whole.splitlines())
    return list(with_nested(filter(None, lines), where.parent))


def with_nested(lines: Iterable[str], folder: Path) -> Iterator[str]:
    """The lines, with those of the files that they name by ``-r`` in their place; paths are relative to ``folder``."""
    for line in lines:
        nested = _NESTED.fullmatch(line)
        yield from requirement_lines(folder / nested["path"]) if nested else [line]


def is_option(line: str) -> bool:
    """Whether the line tells pip how to install, and not what."""
    return line.startswith("-")


def parts(requirement: str) -> tuple[str, str, str]:
    """``("azureml-dataprep", "[fuse]", ">=1.1")``; the name as it is compared (PEP 503), or the line if it has none."""
    found = _NAME.fullmatch(requirement)
    if found is None:
        return requirement, "", ""
    name, extras, rest = found.groups()
    return re.sub(r"[-_.]+", "-", name).lower(), extras or "", rest.strip()


def merged(requirements: Iterable[str]) -> list[str]:
    """One requirement per package, in the order in which they come first, with all extras and version clauses."""
    found: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for name, extras, rest in map(parts, requirements):
        all_extras, clauses = found.setdefault(name, ({}, {}))
        all_extras.update(dict.fromkeys(filter(None, (each.strip() for each in extras.strip("[]").split(",")))))
        clauses.update(dict.fromkeys(filter(None, (each.strip() for each in rest.split(",")))))
    return [f"{name}[{','.join(extras)}]{','.join(clauses)}" if extras else f"{name}{','.join(clauses)}"
            for name, (extras, clauses) in found.items()]
