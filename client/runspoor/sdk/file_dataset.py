"""Datasets of files."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from runspoor.sdk.abstract_dataset import AbstractDataset
from runspoor.sdk.consumption import DatasetConsumptionConfig
from runspoor.sdk.exceptions import UserErrorException, translated
from runspoor.sdk.file_layout import layout
from runspoor.sdk.mount_context import MountContext
from runspoor.sdk.web_files import download

FILES_PER_PAGE = 1_000


class FileDataset(AbstractDataset, v1="azureml.data.FileDataset"):
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
        return [f"/{path}" for path in self._files()]

    def download(self, target_path: str | os.PathLike[str] | None = None, overwrite: bool = False,
                 ignore_not_found: bool = False) -> list[str]:
        """Copy the files into a folder (none: a new one), as a node has them; gives their paths.

        UserErrorException when a file is there already (without ``overwrite``), or one cannot be had.
        """
        folder = Path(target_path or tempfile.mkdtemp())
        files = self._files()
        if folder.is_file():
            raise UserErrorException(f"{folder} is a file: name a folder to download to.")
        return [str(path.absolute()) for path in download(files, folder, overwrite, ignore_not_found)]

    def mount(self, mount_point: str | os.PathLike[str] | None = None, **kwargs: object) -> MountContext:
        """The files in a folder of this machine (none: a new one), from ``start()`` to ``stop()`` or in a ``with``.

        Nothing is copied beforehand. Where this machine cannot mount, they are downloaded, and that is said.
        """
        return MountContext(self, mount_point)

    @translated()
    def _listing(self) -> dict[str, Any]:
        """The first page of the files, and where the others come from: as ``python -m runspoor.mount`` wants it."""
        if self._workspace is None:
            value = [{"path": path, "url": url} for path, url in self._files().items()]
            return {"first": {"value": value, "next": None, "is_file": len(value) == 1}, "pages": None}
        path = f"dataset-ids/{self._saved_in(self._workspace)}/files"
        first = self._workspace.api.get(path, {"limit": FILES_PER_PAGE, "check": "true"}).json()
        return {"first": first, "pages": {"url": f"{self._workspace.api.url}/{path}", **self._workspace._right()}}

    @translated()
    def _files(self) -> dict[str, str]:
        """Path below the dataset's folder -> address."""
        sources = self._definition["sources"]
        if all(each.get("url") for each in sources):
            return layout([each["url"] for each in sources])
        if self._workspace is None:
            raise UserErrorException("The dataset belongs to no workspace yet: register it first.")
        listed = self._workspace.api.pages(f"dataset-ids/{self._saved_in(self._workspace)}/files",
                                           {"limit": FILES_PER_PAGE})
        return {file["path"]: file["url"] for file in listed}
