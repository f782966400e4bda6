"""A path of a datastore as a run gets it, and as run configurations have it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from runspoor.sdk.consumption import NAME
from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.section import Section
from runspoor.sdk.store_path import store_path
from runspoor.sdk.surface import Surface

if TYPE_CHECKING:
    from runspoor.sdk.datapath import DataPath, DataPathComputeBinding
    from runspoor.sdk.workspace import Workspace

MODES = ("mount", "download", "upload")
LETTERS = "abcdef"


@dataclass
class DataReferenceConfiguration(Section, v1="azureml.core.runconfig.DataReferenceConfiguration"):
    """A path of a datastore in ``run_config.data_references``; ``mode``: mount, download or upload."""

    datastore_name: str | None = None
    mode: str = "mount"
    path_on_datastore: str | None = None
    path_on_compute: str | None = None
    overwrite: bool = False

    _file_names: ClassVar[Mapping[str, str]] = {
        "datastore_name": "dataStoreName", "path_on_datastore": "pathOnDataStore"}

    @property
    def is_output(self) -> bool:
        """Whether the run writes there: ``mode`` is upload."""
        return self.mode == "upload"

    def to_input(self, name: str) -> tuple[str, dict[str, Any]]:
        """``name``, and InputRequest."""
        return name, self._body()

    def to_output(self, name: str) -> tuple[str, dict[str, Any]]:
        """``name``, and OutputRequest: of what the script makes at ``path_on_compute``."""
        if not self.path_on_compute:
            raise UserErrorException(f"The upload {name!r} does not say what to copy: name the file or folder that the "
                                     "script makes, as in as_upload('./model').")
        return name, {**self._body(), "overwrite": self.overwrite, "prepared": False}

    def _body(self) -> dict[str, Any]:
        if self.mode not in MODES:
            raise UserErrorException(f"{self.mode!r} is no mode of a data reference: use one of {', '.join(MODES)}.")
        place = {"datastore": self.datastore_name, "path": store_path(self.path_on_datastore)}
        body = {"path": place, "mode": self.mode}
        return {**body, "path_on_compute": self.path_on_compute} if self.path_on_compute else body


class DataReference(Surface, v1="azureml.data.data_reference.DataReference"):
    """A path of a datastore as a run gets it. As text it is ``$AZUREML_DATAREFERENCE_<name>``.

    Its name is that of the datastore when it is all of it, else 32 hexadecimal digits.
    """

    def __init__(self, datastore: Any, data_reference_name: str | None = None, path_on_datastore: str | None = None,
                 mode: str = "mount", path_on_compute: str | None = None, overwrite: bool = False) -> None:
        self.datastore = datastore
        self.path_on_datastore = store_path(path_on_datastore) or None
        self.data_reference_name = data_reference_name or self._made_up(mode)
        if not NAME.fullmatch(self.data_reference_name):
            raise UserErrorException(f"{data_reference_name!r} cannot be the name of a data reference: use letters, "
                                     "digits and underscores, and begin with no digit.")
        self.mode, self.path_on_compute, self.overwrite = mode, path_on_compute, overwrite

    def _made_up(self, mode: str) -> str:
        """Uploads have names of their own: what a run writes must not take the place of what it reads."""
        if self.path_on_datastore:
            return secrets.choice(LETTERS) + secrets.token_hex(16)[1:]
        return f"{self.datastore.name}_upload" if mode == "upload" else str(self.datastore.name)

    @staticmethod
    def create(data_reference_name: str | None = None, datapath: DataPath | None = None,
               datapath_compute_binding: DataPathComputeBinding | None = None) -> DataReference:
        """The reference of a path and how it is delivered."""
        if datapath is None:
            raise UserErrorException("A data reference needs a datapath: DataPath(datastore, 'folder').")
        return datapath.create_data_reference(data_reference_name, datapath_compute_binding)

    def __str__(self) -> str:
        return f"$AZUREML_DATAREFERENCE_{self.data_reference_name}"

    def __repr__(self) -> str:
        return str(self)

    def path(self, path: str | None = None, data_reference_name: str | None = None) -> DataReference:
        """A folder or file below this path."""
        inner = "/".join(part for part in (self.path_on_datastore, store_path(path)) if part)
        return DataReference(self.datastore, data_reference_name, inner, self.mode, None, self.overwrite)

    def as_mount(self) -> DataReference:
        """The same path, from which files are read when the script does."""
        return self._as("mount", None, False)

    def as_download(self, path_on_compute: str | None = None, overwrite: bool = False) -> DataReference:
        """The same path, copied to the node before the script starts."""
        return self._as("download", path_on_compute, overwrite)

    def as_upload(self, path_on_compute: str | None = None, overwrite: bool = False) -> DataReference:
        """The same path, to which a file or folder of the node is copied after the script has succeeded."""
        return self._as("upload", path_on_compute, overwrite)

    def _as(self, mode: str, path_on_compute: str | None, overwrite: bool) -> DataReference:
        whole = self.path_on_datastore is None and self.data_reference_name == self.datastore.name
        return DataReference(self.datastore, None if whole else self.data_reference_name, self.path_on_datastore, mode,
                             path_on_compute, overwrite)

    def to_config(self) -> DataReferenceConfiguration:
        """As ``run_config.data_references`` has it."""
        return DataReferenceConfiguration(self.datastore.name, self.mode, self.path_on_datastore, self.path_on_compute,
                                          self.overwrite)

    @property
    def is_output(self) -> bool:
        """Whether the run writes there: ``mode`` is upload."""
        return self.mode == "upload"

    def to_input(self, workspace: Workspace) -> tuple[str, dict[str, Any]]:
        """The input's name, and InputRequest."""
        return self.to_config().to_input(self.data_reference_name)

    def to_output(self, workspace: Workspace) -> tuple[str, dict[str, Any]]:
        """The output's name, and OutputRequest."""
        return self.to_config().to_output(self.data_reference_name)
