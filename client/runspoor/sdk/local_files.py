"""Files of this machine, by the paths that they are to have elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from runspoor.sdk.exceptions import UserErrorException


def files_below(folder: str | os.PathLike[str], pattern: str | None = None) -> dict[str, Path]:
    """Path below a folder -> file, by path: hidden and empty ones too. Links are followed, in no circle.

    ``pattern``: only those it matches, as ``Path.glob`` does. UserErrorException when ``folder`` is no folder.
    """
    root = Path(folder)
    if not root.is_dir():
        raise UserErrorException(f"{str(folder)!r} is not a folder of this machine: upload_files takes single files.")
    wanted = None if pattern is None else {*root.glob(pattern)}
    return {file.relative_to(root).as_posix(): file for file in sorted(_walk(root, frozenset()))
            if wanted is None or file in wanted}


def _walk(folder: Path, above: frozenset[Path]) -> Iterator[Path]:
    here = folder.resolve()
    if here in above:
        return
    for each in folder.iterdir():
        if each.is_dir():
            yield from _walk(each, above | {here})
        elif each.is_file():
            yield each


def files_named(files: Sequence[str | os.PathLike[str]], relative_root: str | os.PathLike[str] | None = None) -> (
        dict[str, Path]):
    """Path below ``relative_root`` (none: the folder they have in common) -> file.

    UserErrorException when one is no file, or lies elsewhere.
    """
    if isinstance(files, (str, os.PathLike)) or not files:
        raise UserErrorException("files has to be a list of paths, with one at least.")
    paths = [Path(file) for file in files]
    if missing := next((path for path in paths if not path.is_file()), None):
        raise UserErrorException(f"{str(missing)!r} is not a file of this machine.")
    absolute = [path.absolute() for path in paths]
    root = Path(relative_root or os.path.commonpath([path.parent for path in absolute])).absolute()
    try:
        return {path.relative_to(root).as_posix(): path for path in absolute}
    except ValueError:
        raise UserErrorException(f"{str(relative_root)!r} does not contain all files: leave relative_root out, or "
                                 "name a folder that does.") from None
