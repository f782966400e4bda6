"""Datasets of files."""

from __future__ import annotations

import os
import tempfile
from operator import itemgetter
from pathlib import Path
from typing import Any

from runspoor.sdk.consumption import DatasetConsumptionConfig
from runspoor.sdk.dataset_steps import DatasetOfParts
from runspoor.sdk.exceptions import UserErrorException, translated
from runspoor.sdk.file_layout import layout
from runspoor.sdk.file_steps import remaining
from runspoor.sdk.mount_context import MountContext
from runspoor.sdk.web_files import copied
from runspoor.transfer.listing import Listing

FILES_PER_PAGE = 1_000


class FileDataset(DatasetOfParts, v1="azureml.data.FileDataset"):
    """Files of the web and of datastores, below their common parent."""

    _kind = "file"

    def as_mount(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """As input of a run, at a path of the node; it has a name that is made up."""
        return self.as_named_input(None).as_mount(path_on_compute)

    def as_download(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """As input of a run, copied to a path of the node before the script starts."""
        return self.as_named_input(None).as_download(path_on_compute)

    def to_path(self) -> list[str]:
        """The files, as paths below the dataset's folder with a leading slash."""
        return [f"/{each.path}" for each in self._listed().files()]

    def download(self, target_path: str | os.PathLike[str] | None = None, overwrite: bool = False,
                 ignore_not_found: bool = False) -> list[str]:
        """Copy the files into a folder (none: a new one), as a node has them; gives their paths.

        UserErrorException when a file is there already (without ``overwrite``), one cannot be had, or has been changed
        since the dataset was registered, or the disk is too small for them.
        """
        folder = Path(target_path or tempfile.mkdtemp())
        if folder.is_file():
            raise UserErrorException(f"{folder} is a file: name a folder to download to.")
        return [str(path.absolute()) for path in copied(self._listed(), folder, overwrite, ignore_not_found)]

    def mount(self, mount_point: str | os.PathLike[str] | None = None, **kwargs: object) -> MountContext:
        """The files in a folder of this machine (none: a new one), from ``start()`` to ``stop()`` or in a ``with``.

        Nothing is copied beforehand. Where this machine cannot mount, they are downloaded, and that is said.
        """
        return MountContext(self, mount_point)

    @translated()
    def _listing(self) -> dict[str, Any]:
        """The first page of the files, and where the others come from: as ``python -m runspoor.mount`` wants it."""
        if self._workspace is None:
            value = [{"path": each.path, "url": each.url} for each in self._listed().files()]
            return {"first": {"value": value, "next": None, "is_file": len(value) == 1}, "pages": None}
        path = f"dataset-ids/{self._saved_in(self._workspace)}/files"
        first = self._workspace.api.get(path, {"limit": FILES_PER_PAGE, "check": "true"}).json()
        return {"first": first, "pages": {"url": f"{self._workspace.api.url}/{path}", **self._workspace._right()}}

    def _listed(self) -> Listing:
        """The files. UserErrorException when only a backend knows them, and the dataset belongs to none."""
        sources, steps = self._definition["sources"], self._definition.get("steps") or ()
        if all(each.get("url") for each in sources):
            named = remaining([*layout([each["url"] for each in sources]).items()], steps, itemgetter(0))
            return Listing(lambda: [{"path": path, "url": url} for path, url in named])
        workspace = self._workspace
        if workspace is None:
            raise UserErrorException("The dataset belongs to no workspace yet: register it first.")
        address = f"dataset-ids/{self._saved_in(workspace)}/files"
        return Listing(lambda: translated()(lambda: [*workspace.api.pages(address, {"limit": FILES_PER_PAGE})])())
