"""Compute targets. There is one kind, ``AmlCompute``: ``ComputeTarget`` finds, makes and lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable
from urllib.parse import quote

from runspoor import errors
from runspoor.sdk.compute_settings import AmlComputeProvisioningConfiguration, ComputeTargetProvisioningConfiguration
from runspoor.sdk.compute_status import problems
from runspoor.sdk.exceptions import AzureMLException, ComputeTargetException, translated
from runspoor.sdk.surface import Surface

__all__ = ["ComputeTarget", "ComputeTargetProvisioningConfiguration", "ComputeTargets", "compute_targets"]

if TYPE_CHECKING:
    from runspoor.sdk.aml_compute import AmlCompute
    from runspoor.sdk.workspace import Workspace

REFUSED: Mapping[type[errors.RunspoorError], Callable[[str], AzureMLException]] = {
    errors.BadRequest: ComputeTargetException, errors.NotFound: ComputeTargetException,
    errors.Conflict: ComputeTargetException}
"""What the backend refuses about a compute target is one of these, in the backend's words."""
Document = dict[str, Any]


def path(name: str) -> str:
    """Where a compute target is, below the API."""
    return f"compute-targets/{quote(name, safe='')}"


class ComputeTarget(Surface, v1="azureml.core.ComputeTarget"):
    """``ComputeTarget(workspace, name)`` is the AmlCompute of this name, whatever the case of its letters.

    What it knows of itself is from its last ``refresh_state``. Raises ComputeTargetException when there is none.
    """

    name: str
    workspace: Workspace
    _document: Document

    def __new__(cls, workspace: Workspace, name: str) -> ComputeTarget:
        from runspoor.sdk.aml_compute import AmlCompute

        return object.__new__(AmlCompute if cls is ComputeTarget else cls)

    def __init__(self, workspace: Workspace, name: str) -> None:
        self.workspace, self.name = workspace, name
        self.refresh_state()

    @staticmethod
    def create(workspace: Workspace, name: str,
               provisioning_configuration: ComputeTargetProvisioningConfiguration) -> AmlCompute:
        """Make a cluster, and return while it is being made.

        One that exists with the same size and priority is used again; other limits of nodes and idle time become its
        limits. ComputeTargetException when it exists with another size or priority, or is being deleted.
        """
        from runspoor.sdk import aml_compute

        if not isinstance(provisioning_configuration, AmlComputeProvisioningConfiguration):
            raise ComputeTargetException(
                f"A {type(provisioning_configuration).__name__} makes no compute target: use "
                "AmlCompute.provisioning_configuration(vm_size=..., max_nodes=...).")
        return aml_compute.create(workspace, name, provisioning_configuration)

    @staticmethod
    def list(workspace: Workspace) -> list[AmlCompute]:
        """All compute targets, newest first."""
        from runspoor.sdk.aml_compute import AmlCompute

        with translated():
            return [AmlCompute._of(workspace, document) for document in workspace.api.pages("compute-targets")]

    @translated({**REFUSED, errors.NotFound: lambda said: ComputeTargetException(f"ComputeTargetNotFound: {said}")})
    def refresh_state(self) -> None:
        """Read anew what it is and has."""
        self._document = self.workspace.api.get(path(self.name)).json()

    @translated(REFUSED)
    def delete(self) -> None:
        """Have it deleted, and return while it is: its state is Deleting, then it is not found any more.

        Runs that wait for it or run on it fail.
        """
        self._document = {**self._document, **self.workspace.api.write("DELETE", path(self.name)).json()}

    def detach(self) -> None:
        """v1 detaches what was attached; a cluster is deleted."""
        raise ComputeTargetException(f"{self.name} is a cluster, and was not attached: use delete().")

    @property
    def id(self) -> str:
        """The resource id, in the form that v1 has."""
        where = self.workspace
        return (f"/subscriptions/{where.subscription_id}/resourceGroups/{where.resource_group}/providers/"
                f"Microsoft.MachineLearningServices/workspaces/{where.name}/computes/{self.name}")

    @property
    def type(self) -> str:
        """Its kind: ``AmlCompute``."""
        return "AmlCompute"

    @property
    def location(self) -> str:
        """Where the workspace is."""
        return self.workspace.location

    cluster_location = location

    @property
    def tags(self) -> dict[str, str]:
        """None: compute targets have no tags."""
        return {}

    @property
    def provisioning_state(self) -> str:
        """``Creating``, ``Succeeded``, ``Failed`` or ``Deleting``, as last seen."""
        return str(self._document["provisioning_state"])

    @property
    def provisioning_errors(self) -> Any:
        """What Batch said against it, as last seen: a list of ``{"error": {"code", "message"}}``, or none."""
        return problems(self._document)

    @property
    def created_on(self) -> str | None:
        """When it was made, ISO 8601."""
        return self._document.get("created_at")

    @property
    def modified_on(self) -> str | None:
        """When it came to its present state, ISO 8601."""
        return self._document.get("since")

    @property
    def is_attached(self) -> bool:
        """False: Runspoor makes the clusters itself."""
        return False

    def __repr__(self) -> str:
        return (f"{type(self).__name__}(workspace={self.workspace!r}, name={self.name}, id={self.id}, "
                f"type={self.type}, provisioning_state={self.provisioning_state}, location={self.location}, "
                f"tags={self.tags})")


class ComputeTargets(dict[str, ComputeTarget]):
    """The compute targets by name. A name is looked up whatever its case, and asked for when the list lacks it."""

    def __init__(self, workspace: Workspace, known: Mapping[str, ComputeTarget]) -> None:
        super().__init__(known)
        self._workspace = workspace

    def __missing__(self, name: str) -> ComputeTarget:
        """Lists are a moment behind: what was made just now is not in them."""
        try:
            found = ComputeTarget(self._workspace, name)
        except ComputeTargetException as error:
            raise KeyError(name) from error
        return self.setdefault(name, found)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def get(self, name: str, default: Any = None) -> Any:
        """The compute target of this name, or ``default``."""
        try:
            return self[name]
        except KeyError:
            return default


def compute_targets(workspace: Workspace) -> dict[str, ComputeTarget]:
    """The compute targets of a workspace by name."""
    return ComputeTargets(workspace, {target.name: target for target in ComputeTarget.list(workspace)})
