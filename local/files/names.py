"""What shares, directories and files may be called
(learn.microsoft.com/rest/api/storageservices/naming-and-referencing-shares--directories--files--and-metadata)."""

import re

from local.files.errors import FilesError

SHARE = re.compile(r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*")
REFUSED = re.compile(r'["\\/:|<>*?\x00-\x1f\x7f]')
NAME_CHARACTERS = 255
PATH_CHARACTERS = 2048
DEPTH = 250


def share_name(name: str) -> str:
    """``name`` if it may be a share's; else InvalidResourceName."""
    if not SHARE.fullmatch(name):
        raise FilesError("InvalidResourceName", "A share has 3 to 63 lower-case letters, digits and single '-'.")
    return name


def parts(path: str, keep_dots: bool) -> tuple[str, ...]:
    """The names on the way to ``path``. Dots at the end of a name are dropped unless the caller wants them kept."""
    names = [name if keep_dots else name.rstrip(".") for name in path.split("/") if name]
    if len(path) > PATH_CHARACTERS or len(names) > DEPTH:
        raise FilesError("OutOfRangeInput", f"A path has at most {PATH_CHARACTERS} characters and {DEPTH} names.")
    for name in names:
        _check(name)
    return tuple(names)


def _check(name: str) -> None:
    if not name or name in (".", "..") or REFUSED.search(name) or len(name) > NAME_CHARACTERS:
        raise FilesError("InvalidResourceName")


def folded(name: str) -> str:
    """Names that differ in case only are one name."""
    return name.lower()
