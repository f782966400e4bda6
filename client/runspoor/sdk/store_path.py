"""Paths of datastores as people write them, and as the backend takes them."""

from __future__ import annotations

from runspoor.sdk.exceptions import UserErrorException


def store_path(path: object) -> str:
    """``bar`` for ``./bar``, ``/bar`` and ``bar/``; "" for all of the datastore. Raises UserErrorException."""
    if path is None:
        return ""
    if not isinstance(path, str):
        raise UserErrorException(f"A path of a datastore is a text, not {type(path).__name__}.")
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
    if ".." in parts:
        raise UserErrorException(f"{path!r} leads out of its datastore: leave out the '..'.")
    return "/".join(parts)
