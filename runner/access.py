"""The file by which the script reaches the API: where it is, and the run token, always a fresh one."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)


class AccessFile:
    """``{"url", "token"}``, readable by the user of the run alone.

    A file and no variables: scripts print those, and a variable could not be renewed.
    """

    def __init__(self, path: Path, url: str) -> None:
        self.path, self._url, self._gone = path, url, False

    def write(self, token: str) -> None:
        """Replace it as a whole, so that no reader sees half of it. The run goes on when that is not possible."""
        if self._gone:
            return
        fresh = self.path.with_suffix(".new")
        try:
            fresh.unlink(missing_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump({"url": self._url, "token": token}, file)
            os.replace(fresh, self.path)
        except OSError as error:
            log.warning("the script cannot reach the API with a fresh token: %s", error)

    def remove(self) -> None:
        """The script has ended; a grant that comes now writes none again."""
        self._gone = True
        self.path.unlink(missing_ok=True)
