"""A path of a datastore, and how a run gets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runspoor.sdk.data_reference import DataReference
from runspoor.sdk.store_path import store_path
from runspoor.sdk.surface import Surface


class DataPath(Surface, v1="azureml.data.datapath.DataPath"):
    """A folder or file of a datastore."""

    def __init__(self, datastore: Any = None, path_on_datastore: str | None = None, name: str | None = None) -> None:
        self.datastore, self._path, self._name = datastore, store_path(path_on_datastore), name

    @property
    def datastore_name(self) -> str:
        """The datastore's name."""
        return str(self.datastore.name)

    @property
    def path_on_datastore(self) -> str:
        """The path, without a slash in front."""
        return self._path

    def create_data_reference(self, data_reference_name: str | None = None,
                              datapath_compute_binding: DataPathComputeBinding | None = None) -> DataReference:
        """The path as a run gets it."""
        how = datapath_compute_binding or DataPathComputeBinding()
        return DataReference(self.datastore, data_reference_name or self._name, self._path, how.mode,
                             how.path_on_compute, how.overwrite)

    @staticmethod
    def create_from_data_reference(data_reference: DataReference) -> DataPath:
        """The path that a reference is about."""
        return DataPath(data_reference.datastore, data_reference.path_on_datastore)


@dataclass
class DataPathComputeBinding(Surface, v1="azureml.data.datapath.DataPathComputeBinding"):
    """How a run gets a path: mount or download, and where."""

    mode: str = "mount"
    path_on_compute: str | None = None
    overwrite: bool = False

    def create_data_reference(self, data_reference_name: str | None = None,
                              datapath: DataPath | None = None) -> DataReference:
        """``datapath`` as a run gets it."""
        return (datapath or DataPath()).create_data_reference(data_reference_name, self)

    @staticmethod
    def create_from_data_reference(data_reference: DataReference) -> DataPathComputeBinding:
        """How a reference is delivered."""
        return DataPathComputeBinding(data_reference.mode, data_reference.path_on_compute, data_reference.overwrite)
