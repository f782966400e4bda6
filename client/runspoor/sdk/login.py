"""What ``runspoor login`` does."""

from __future__ import annotations

import os
from pathlib import Path

from runspoor.sdk import config_file, keyring
from runspoor.sdk.config_file import FILE_NAME, FOLDERS, WorkspaceConfig
from runspoor.sdk.exceptions import translated
from runspoor.transport import connect

PATIENCE_SECONDS = 5.0
PLACEHOLDERS = WorkspaceConfig("00000000-0000-0000-0000-000000000000", "runspoor", "runspoor")


def login(url: str, key: str, folder: str | os.PathLike[str] = ".") -> Path:
    """Keep ``key`` for the backend at ``url`` in the keyring, and the address in ``folder``'s config.json.

    Names that the file has are kept. Returns the file. Raises AuthenticationException when the backend refuses the
    key, ServiceException when it does not answer, UserErrorException when ``url`` is no address or the file is broken.
    """
    with translated():
        api = connect(url, key, patience=PATIENCE_SECONDS)
        api.get("experiments", {"limit": 1})
    file = _file(Path(folder))
    known = config_file.read(file) if file.is_file() else PLACEHOLDERS
    config = WorkspaceConfig(known.subscription_id, known.resource_group, known.workspace_name, api.url)
    keyring.keep(url, key)
    config_file.write(file, config)
    return file


def _file(folder: Path) -> Path:
    places = [folder / inner / FILE_NAME for inner in FOLDERS]
    return next((place for place in places if place.is_file()), folder / FILE_NAME)
