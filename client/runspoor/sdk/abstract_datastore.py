"""What all datastores have."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from runspoor.sdk.exceptions import translated
from runspoor.sdk.surface import Surface

if TYPE_CHECKING:
    from runspoor.sdk.workspace import Workspace


class AbstractDatastore(Surface, v1="azureml.data.abstract_datastore.AbstractDatastore"):
    """A place of data that the workspace knows by a name. The backend holds its key; this object has none."""

    def __init__(self, workspace: Workspace, name: str, datastore_type: str) -> None:
        self.workspace, self.name, self.datastore_type = workspace, name, datastore_type

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r}, datastore_type={self.datastore_type!r})"

    @property
    def _address(self) -> str:
        """Below the API."""
        return f"datastores/{quote(self.name, safe='')}"

    @translated()
    def set_as_default(self) -> None:
        """Make it the one that is meant when none is named."""
        self.workspace.api.write("POST", "default-datastore", {"name": self.name})

    @translated()
    def unregister(self) -> None:
        """Forget its name and its key; the data stays where it is."""
        self.workspace.api.write("DELETE", self._address)
        self.workspace._own_datastores.add(self.name)

    @translated()
    def _send(self, files: Mapping[str, Path], folder: str, overwrite: bool, show_progress: bool) -> None:
        """Write ``files`` (path below ``folder`` -> file here), saying on stdout how far it is."""
        from runspoor.transfer.stores import send

        placed = {f"{folder}/{path}" if folder else path: file for path, file in files.items()}
        send(self.workspace.api, self._address, placed, overwrite, sys.stdout if show_progress else None)
