"""Who asks: a key, or a token that is asked for anew with every request."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Callable, Union

from runspoor.errors import NotConfigured

__all__ = ["ACCESS_FILE", "AccessFile", "Credential", "shown"]

ACCESS_FILE = "RUNSPOOR_ACCESS_FILE"
"""Names, inside a run, the file by which its script reaches the backend."""

Credential = Union[str, Callable[[], str], None]
"""A key, or what gives a bearer token."""


class AccessFile:
    """The file ``{"url", "token"}`` that the runner keeps up to date for the script; called, it gives the token."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    @classmethod
    def from_environment(cls) -> AccessFile | None:
        """That of the run this process belongs to; None outside of runs."""
        path = os.environ.get(ACCESS_FILE)
        return cls(path) if path else None

    @property
    def url(self) -> str:
        """Where this run reaches the backend."""
        return self._read("url")

    def __call__(self) -> str:
        return self._read("token")

    def _read(self, name: str) -> str:
        try:
            return str(json.loads(self.path.read_text(encoding="utf-8"))[name])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NotConfigured(f"{self.path}, by which a run reaches the backend, cannot be read ({error}): "
                                "has the run ended?") from error


def shown(credential: Credential) -> Mapping[str, str]:
    """The headers that show a credential now."""
    if callable(credential):
        return {"authorization": f"Bearer {credential()}"}
    return {"x-functions-key": credential} if credential else {}
