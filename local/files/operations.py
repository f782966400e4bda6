"""Which function performs which operation of the API, and what a signature must permit for it."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from local.files import contents, directories, identity, shares
from local.files.call import Call
from local.files.errors import FilesError
from local.files.sas import EVERYTHING, Right


@dataclass(frozen=True)
class Operation:
    """``letters``: one of these permissions is needed; ``type``: of resources, as an account SAS names them."""

    perform: Callable[[Call], Response]
    letters: str
    type: str


def _reading(perform: Callable[[Call], Response], *key: str, letters: str = "r",
             type: str = "o") -> dict[tuple[str, ...], Operation]:
    return {(method, *key): Operation(perform, letters, type) for method in ("GET", "HEAD")}


OPERATIONS: dict[tuple[str, ...], Operation] = {
    ("POST", "service", "userdelegationkey"): Operation(identity.give_key, EVERYTHING, "s"),
    ("GET", "", "list"): Operation(shares.list_all, "l", "s"),
    ("PUT", "share", ""): Operation(shares.create, "cw", "c"),
    **_reading(shares.properties, "share", "", type="c"),
    **_reading(shares.metadata, "share", "metadata", type="c"),
    ("PUT", "share", "metadata"): Operation(shares.set_metadata, "w", "c"),
    ("PUT", "share", "properties"): Operation(shares.set_properties, "w", "c"),
    ("DELETE", "share", ""): Operation(shares.delete, "d", "c"),
    ("PUT", "directory", ""): Operation(directories.create, "cw", "o"),
    **_reading(directories.properties, "directory", ""),
    **_reading(directories.metadata, "directory", "metadata"),
    ("PUT", "directory", "metadata"): Operation(directories.set_metadata, "w", "o"),
    ("PUT", "directory", "properties"): Operation(directories.set_properties, "w", "o"),
    ("DELETE", "directory", ""): Operation(directories.delete, "d", "o"),
    ("GET", "directory", "list"): Operation(directories.list_entries, "l", "c"),
    ("PUT", "", ""): Operation(contents.create, "cw", "o"),
    ("GET", "", ""): Operation(contents.download, "r", "o"),
    ("HEAD", "", ""): Operation(contents.properties, "r", "o"),
    **_reading(contents.metadata, "", "metadata"),
    ("PUT", "", "metadata"): Operation(contents.set_metadata, "w", "o"),
    ("PUT", "", "properties"): Operation(contents.set_properties, "w", "o"),
    ("PUT", "", "range"): Operation(contents.put_range, "w", "o"),
    ("DELETE", "", ""): Operation(contents.delete, "d", "o"),
}
"""By method, ``restype`` and ``comp``."""


def operation(method: str, restype: str, comp: str, share: str, names: tuple[str, ...]) -> Operation:
    """What a request asks for. Raises NotImplemented for what this emulator does not do."""
    found = OPERATIONS.get((method, restype, comp))
    is_about = "" if not share else ("share" if restype == "share" or not names else "file")
    if found is None or (found.type == "s") != (not share) or (restype == "" and is_about == "share"):
        raise FilesError("NotImplemented", f"{method} with restype={restype!r} and comp={comp!r} on "
                                           f"{'the account' if not share else 'this path'}.")
    if restype == "share" and names:
        raise FilesError("InvalidResourceName", "A share has no '/' in its name.")
    return found


def permit(right: Right, wanted: Operation, restype: str) -> None:
    """Raises one of the codes Authorization... when a signature does not permit the operation."""
    is_service_sas = right.share is not None
    if is_service_sas and restype not in (("",) if right.file else ("", "directory")):
        raise FilesError("AuthorizationResourceTypeMismatch")
    if not is_service_sas and wanted.type not in right.types:
        raise FilesError("AuthorizationResourceTypeMismatch")
    if is_service_sas and wanted.type == "s":
        raise FilesError("AuthorizationResourceTypeMismatch")
    if not right.allows(wanted.letters):
        raise FilesError("AuthorizationPermissionMismatch")
