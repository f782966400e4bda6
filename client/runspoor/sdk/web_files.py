"""Files of the web, and of storage by a granted address, brought to this machine."""

from __future__ import annotations

import sys
from pathlib import Path

from runspoor.errors import RunspoorError
from runspoor.sdk.exceptions import UserErrorException
from runspoor.transfer.download import download
from runspoor.transfer.listing import Listing
from runspoor.transport import PATIENCE_SECONDS
from runspoor.transport.api import ApiTransport
from runspoor.transport.over_stdlib import StandardExchange
from runspoor.transport.redirects import Following


def web(patience: float = PATIENCE_SECONDS) -> ApiTransport:
    """A transport for downloads alone. Over the standard library, which hands over bytes as they are stored."""
    return ApiTransport("", None, Following(StandardExchange()), patience)


def copied(files: Listing, folder: Path, overwrite: bool, ignore_not_found: bool) -> list[Path]:
    """Bring files below ``folder``; gives where they are. Nothing is done when one is there already.

    Raises UserErrorException.
    """
    stream = sys.stderr if sys.stderr.isatty() else None
    try:
        found = download(files.files(), folder, existing="replace" if overwrite else "refuse", renew=files.renewed,
                         missing_ok=ignore_not_found, stream=stream)
    except FileExistsError as error:
        raise UserErrorException(f"{error}: download with overwrite=True, or into another folder.") from error
    except RunspoorError as error:
        raise UserErrorException(str(error), inner_exception=error) from error
    _tell(folder, found)
    return found


def _tell(folder: Path, found: list[Path]) -> None:
    from runspoor.progress import size

    files = "1 file" if len(found) == 1 else f"{len(found)} files"
    print(f"Downloaded {files}, {size(sum(each.stat().st_size for each in found))}, to {folder}", file=sys.stderr)
