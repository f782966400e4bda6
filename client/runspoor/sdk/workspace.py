"""A workspace: the handle from which everything else hangs. A backend is one workspace."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from runspoor.client import Client
from runspoor.sdk import config_file
from runspoor.sdk.config_file import FILE_NAME, WorkspaceConfig
from runspoor.sdk.connection import Connection, connection
from runspoor.sdk.exceptions import UserErrorException, translated
from runspoor.sdk.surface import Surface
from runspoor.transport import AccessFile, Transport, connect

if TYPE_CHECKING:
    from runspoor.sdk.compute import ComputeTarget
    from runspoor.sdk.environment import Environment
    from runspoor.sdk.experiment import Experiment
    from runspoor.sdk.keyvault import Keyvault
    from runspoor.sdk.model import Model
    from runspoor.sdk.run import Run

SUBSCRIPTION, GROUP, WORKSPACE = (
    "AZUREML_ARM_SUBSCRIPTION", "AZUREML_ARM_RESOURCEGROUP", "AZUREML_ARM_WORKSPACE_NAME")


class Workspace(Surface, v1="azureml.core.Workspace"):
    """A Runspoor backend under the names that v1 scripts know it by.

    The names of subscription, group and workspace are kept as they are given; the backend is the one of config.json
    or RUNSPOOR_URL. ``auth`` is for v1's sake: the key comes from RUNSPOOR_KEY or the keyring.
    """

    DEFAULT_CPU_CLUSTER_NAME = "cpu-cluster"
    DEFAULT_GPU_CLUSTER_NAME = "gpu-cluster"

    def __init__(self, subscription_id: str, resource_group: str, workspace_name: str, auth: object = None,
                 _location: str | None = None, _disable_service_check: bool = False, _workspace_id: str | None = None,
                 sku: str = "basic", tags: dict[str, str] | None = None, _cloud: str = "AzureCloud", *,
                 _url: str | None = None) -> None:
        self._config = WorkspaceConfig(subscription_id, resource_group, workspace_name, _url)
        self._location, self._sku, self._tags = _location, sku, dict(tags or {})
        self._connection: Connection | None = None
        self._api: Transport | None = None
        self._own_datastores: set[str] = set()

    @staticmethod
    def from_config(path: str | os.PathLike[str] | None = None, auth: object = None, _logger: object = None,
                    _file_name: str | None = None) -> Workspace:
        """The workspace of the config.json in ``path`` (a folder or the file; none: here) or a folder above it.

        In each folder ``.azureml/config.json``, ``aml_config/config.json`` and ``config.json`` are tried. Raises
        UserErrorException when there is none, or it is incomplete.
        """
        config = config_file.read(config_file.found(path, _file_name))
        return Workspace(config.subscription_id, config.resource_group, config.workspace_name, auth, _url=config.url)

    @staticmethod
    def get(name: str, auth: object = None, subscription_id: str | None = None, resource_group: str | None = None,
            location: str | None = None, cloud: str = "AzureCloud", id: str | None = None) -> Workspace:
        """The workspace of this name on the backend that config.json or RUNSPOOR_URL names."""
        file = config_file.search()
        known = config_file.read(file) if file else None
        return Workspace(subscription_id or (known.subscription_id if known else ""),
                         resource_group or (known.resource_group if known else ""), name, auth, location,
                         _url=known.url if known and known.workspace_name == name else None)

    @classmethod
    def _of_run(cls) -> Workspace:
        """The workspace of the run this process belongs to."""
        subscription, group, name = (os.environ.get(each, "runspoor") for each in (SUBSCRIPTION, GROUP, WORKSPACE))
        return cls(subscription, group, name)

    def write_config(self, path: str | os.PathLike[str] | None = None, file_name: str | None = None) -> None:
        """Write ``.azureml/config.json`` into a folder that exists: the names and the backend's address, no key."""
        folder = Path(path or ".")
        if not folder.is_dir():
            raise UserErrorException(f"{folder} is not a folder: make it first.")
        config_file.write(folder / ".azureml" / (file_name or FILE_NAME), WorkspaceConfig(
            self.subscription_id, self.resource_group, self.name, self.api.url))

    def __repr__(self) -> str:
        return (f"Workspace.create(name={self.name!r}, subscription_id={self.subscription_id!r}, "
                f"resource_group={self.resource_group!r})")

    @property
    def api(self) -> Transport:
        """Requests to the backend; raises the errors of ``runspoor.errors``."""
        if self._api is None:
            here = self._connected()
            with translated():
                self._api = connect(here.url, here.credential)
        return self._api

    @property
    def client(self) -> Client:
        """The backend as ``runspoor.client`` shows it; raises the errors of ``runspoor.errors``."""
        return Client.over(self.api)

    def _right(self) -> dict[str, str]:
        """By which right another process of this user asks the same backend: a ``key``, or an ``access_file``."""
        credential = self._connected().credential
        if isinstance(credential, AccessFile):
            return {"access_file": str(credential.path.absolute())}
        return {"key": credential} if isinstance(credential, str) else {}

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = connection(self._config.url)
        return self._connection

    def __getstate__(self) -> dict[str, object]:
        """Without what holds connections and keys: a copy in another process finds its own."""
        return {**self.__dict__, "_connection": None, "_api": None}

    @property
    def name(self) -> str:
        """The workspace's name."""
        return self._config.workspace_name

    @property
    def subscription_id(self) -> str:
        """As config.json says; nothing is looked up by it."""
        return self._config.subscription_id

    @property
    def resource_group(self) -> str:
        """As config.json says; nothing is looked up by it."""
        return self._config.resource_group

    @property
    def location(self) -> str:
        """Where the backend is: the host of its address, unless the caller named a place."""
        return self._location or urlsplit(self._connected().url).hostname or "unknown"

    @property
    def sku(self) -> str:
        """As given; Runspoor has no price levels."""
        return self._sku

    @property
    def tags(self) -> dict[str, str]:
        """As given at construction."""
        return dict(self._tags)

    @property
    def discovery_url(self) -> str:
        """The document that describes the backend's API."""
        return f"{self._connected().url}/openapi.json"

    @property
    def experiments(self) -> dict[str, Experiment]:
        """The active experiments by name."""
        from runspoor.sdk.experiment import Experiment

        return {experiment.name: experiment for experiment in Experiment.list(self)}

    @property
    def compute_targets(self) -> dict[str, ComputeTarget]:
        """The compute targets by name, read anew with every access."""
        from runspoor.sdk.compute import compute_targets

        return compute_targets(self)

    @property
    def environments(self) -> Mapping[str, Environment]:
        """The newest version of each registered environment, and the curated ones."""
        from runspoor.sdk.environment import Environment

        return Environment.list(self)

    @property
    def models(self) -> dict[str, Model]:
        """The newest version of each registered model."""
        from runspoor.sdk.model import Model

        return {model.name: model for model in Model.list(self, latest=True)}

    @property
    def datasets(self) -> Any:
        """The newest version of each registered dataset, by name."""
        from runspoor.sdk.dataset import Dataset

        return Dataset.get_all(self)

    @property
    def datastores(self) -> Any:
        """The datastores by name."""
        from runspoor.sdk.datastore import datastores

        return datastores(self)

    def get_default_datastore(self) -> Any:
        """The datastore that is meant when none is named."""
        from runspoor.sdk.datastore import Datastore

        return Datastore.get_default(self)

    def set_default_datastore(self, name: str) -> None:
        """Make the datastore of this name the one that is meant when none is named."""
        from runspoor.sdk.datastore import Datastore

        Datastore.get(self, name).set_as_default()

    def get_default_compute_target(self, type: str) -> ComputeTarget | None:
        """The target ``cpu-cluster`` or ``gpu-cluster`` (``type``: CPU or GPU), or None when there is none."""
        return self.compute_targets.get(f"{type.lower()}-cluster")

    def get_default_keyvault(self) -> Keyvault:
        """The place of secrets."""
        from runspoor.sdk.keyvault import Keyvault

        return Keyvault(self)

    def get_run(self, run_id: str) -> Run:
        """The run of this id, in whatever experiment it is. UserErrorException when there is none."""
        from runspoor.sdk.run import Run

        return Run.get(self, run_id)

    @translated()
    def get_details(self) -> dict[str, object]:
        """What is known of the workspace. Raises ServiceException when the backend does not answer."""
        group = f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}"
        return {
            "id": f"{group}/providers/Microsoft.MachineLearningServices/workspaces/{self.name}", "name": self.name,
            "location": self.location, "type": "Microsoft.MachineLearningServices/workspaces", "tags": self.tags,
            "sku": self.sku, "workspaceid": self._id(), "friendlyName": self.name, "discoveryUrl": self.discovery_url,
            "provisioningState": "Succeeded", "runspoorVersion": self.api.get("health").json()["version"],
        }

    def _id(self) -> str:
        """A GUID that is the same for the same name on the same backend."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self._connected().url}/{self.name}"))
