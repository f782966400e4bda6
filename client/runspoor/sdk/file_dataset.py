"""Datasets of files."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from runspoor.sdk.abstract_dataset import AbstractDataset
from runspoor.sdk.consumption import DatasetConsumptionConfig
from runspoor.sdk.exceptions import UserErrorException, translated
from runspoor.sdk.file_layout import layout
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
