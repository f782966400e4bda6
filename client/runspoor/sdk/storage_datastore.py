"""Blob containers and file shares: files go there and come back, and runs read and write them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runspoor.sdk.abstract_datastore import AbstractDatastore
from runspoor.sdk.data_reference import DataReference
from runspoor.sdk.exceptions import translated
from runspoor.sdk.local_files import files_below, files_named
from runspoor.sdk.store_path import store_path

if TYPE_CHECKING:
    from runspoor.sdk.workspace import Workspace


class AbstractAzureStorageDatastore(
        AbstractDatastore, v1="azureml.data.azure_storage_datastore.AbstractAzureStorageDatastore"):
    """A datastore in Azure Storage."""

    def __init__(self, workspace: Workspace, name: str, datastore_type: str, container_name: str, account_name: str,
                 sas_token: str | None = None, account_key: str | None = None, protocol: str | None = None,
                 endpoint: str | None = None) -> None:
        super().__init__(workspace, name, datastore_type)
        self.container_name, self.account_name = container_name, account_name
        self.sas_token, self.account_key, self.protocol, self.endpoint = sas_token, account_key, protocol, endpoint
        self._access: str | None = None

    @property
    def is_sas(self) -> bool:
        """Whether it is reached by a shared access signature."""
        return self._access == "sas" or self.sas_token is not None

    def path(self, path: str | None = None, data_reference_name: str | None = None) -> DataReference:
        """A folder or file of it, as a run gets it."""
        return DataReference(self, data_reference_name, path)

    def as_mount(self) -> DataReference:
        """All of it, from which files are read when the script does."""
        return self.path().as_mount()

    def as_download(self, path_on_compute: str | None = None) -> DataReference:
        """All of it, copied to the node before the script starts."""
        return self.path().as_download(path_on_compute)

    def as_upload(self, path_on_compute: str | None = None) -> DataReference:
        """All of it, to which a file or folder of the node is copied after the script."""
        return self.path().as_upload(path_on_compute)

    def upload(self, src_dir: str, target_path: str | None = None, overwrite: bool = False,
               show_progress: bool = True) -> DataReference:
        """Copy a folder with all below it to ``target_path``; what is there stays unless ``overwrite``.

        Each file is written whole and checked. UserErrorException when ``src_dir`` is no folder.
        """
        return self._upload(files_below(src_dir), target_path, overwrite, show_progress)

    def upload_files(self, files: Sequence[str], relative_root: str | None = None, target_path: str | None = None,
                     overwrite: bool = False, show_progress: bool = True) -> DataReference:
        """Copy files to ``target_path``, with their paths below ``relative_root`` (none: their common folder)."""
        return self._upload(files_named(files, relative_root), target_path, overwrite, show_progress)

    def download(self, target_path: str, prefix: str | None = None, overwrite: bool = False,
                 show_progress: bool = True) -> int:
        """Copy the files whose paths begin with ``prefix`` below ``target_path``; gives how many were copied.

        They keep their whole paths, and what is here stays unless ``overwrite``. Each appears when it is whole.
        """
        from runspoor.transfer.stores import fetch

        stream = sys.stdout if show_progress else None
        with translated():
            return len(fetch(self.workspace.api, self._address, Path(target_path), _plain(prefix), overwrite, stream))

    def _upload(self, files: Mapping[str, Path], target_path: str | None, overwrite: bool,
                show_progress: bool) -> DataReference:
        self._send(files, store_path(target_path), overwrite, show_progress)
        return self.path(target_path)


class AzureBlobDatastore(AbstractAzureStorageDatastore,
                         v1="azureml.data.azure_storage_datastore.AzureBlobDatastore"):
    """A container of blobs."""

    def __init__(self, workspace: Workspace, name: str, container_name: str, account_name: str,
                 sas_token: str | None = None, account_key: str | None = None, protocol: str | None = None,
                 endpoint: str | None = None, request_session: object = None, workspace_msi_has_access: bool = False,
                 subscription_id: str | None = None, resource_group: str | None = None,
                 service_data_access_auth_identity: object = None) -> None:
        super().__init__(workspace, name, "AzureBlob", container_name, account_name, sas_token, account_key, protocol,
                         endpoint)
        self.subscription_id, self.resource_group = subscription_id, resource_group


class AzureFileDatastore(AbstractAzureStorageDatastore,
                         v1="azureml.data.azure_storage_datastore.AzureFileDatastore"):
    """A file share; ``container_name`` is its name."""

    def __init__(self, workspace: Workspace, name: str, container_name: str, account_name: str,
                 sas_token: str | None = None, account_key: str | None = None, protocol: str | None = None,
                 endpoint: str = "core.windows.net", request_session: object = None) -> None:
        super().__init__(workspace, name, "AzureFile", container_name, account_name, sas_token, account_key, protocol,
                         endpoint)


def _plain(prefix: str | None) -> str:
    """``./t`` as ``t``; a slash at the end stays: ``t/`` are not the files of ``t2``."""
    path = store_path(prefix)
    return f"{path}/" if path and str(prefix).endswith("/") else path
