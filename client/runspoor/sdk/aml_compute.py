"""A cluster: nodes that come when runs wait for them and go when none do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from runspoor import errors
from runspoor.sdk.compute import REFUSED, ComputeTarget, Document, path
from runspoor.sdk.compute_settings import (
    IDLE_SECONDS,
    AmlComputeProvisioningConfiguration,
    Count,
    ScaleSettings,
    number,
)
from runspoor.sdk.compute_status import NODE_STATES, AmlComputeStatus, scale_settings
from runspoor.sdk.compute_wait import wait_for_nodes, wait_until_gone
from runspoor.sdk.exceptions import ComputeTargetException, translated
from runspoor.sdk.run_status import ENDED

if TYPE_CHECKING:
    from runspoor.sdk.label_filter import Wanted
    from runspoor.sdk.run import Run
    from runspoor.sdk.workspace import Workspace

__all__ = ["AmlCompute", "AmlComputeProvisioningConfiguration", "AmlComputeStatus", "ScaleSettings"]


class AmlCompute(ComputeTarget, v1="azureml.core.compute.AmlCompute"):
    """A cluster of nodes of one size."""

    @classmethod
    def _of(cls, workspace: Workspace, document: Document, name: str | None = None) -> AmlCompute:
        """The cluster of an answer of the backend, under the ``name`` the caller has for it."""
        target = object.__new__(cls)
        target.workspace, target.name, target._document = workspace, name or document["name"], document
        return target

    @staticmethod
    def provisioning_configuration(
        vm_size: str = "", vm_priority: str = "dedicated", min_nodes: Count = 0, max_nodes: Count = None,
        idle_seconds_before_scaledown: Count = IDLE_SECONDS, admin_username: str | None = None,
        admin_user_password: str | None = None, admin_user_ssh_key: str | None = None,
        vnet_resourcegroup_name: str | None = None, vnet_name: str | None = None, subnet_name: str | None = None,
        tags: Mapping[str, str] | None = None, description: str | None = None,
        remote_login_port_public_access: str = "NotSpecified", identity_type: str | None = None,
        identity_id: object = None, location: str | None = None, enable_node_public_ip: bool = True,
    ) -> AmlComputeProvisioningConfiguration:
        """What ``ComputeTarget.create`` is to make.

        ``vm_size``: of a node; sizes that Azure has retired are replaced by their successors, and none means two
        cores. ``vm_priority``: ``dedicated``, or ``lowpriority`` for cheaper nodes that may be taken away. Numbers
        may be digits in a text, as environment variables have them. ``min_nodes=0`` costs nothing while no run
        waits. ``tags``, ``description`` and ``location`` are taken and not kept.

        ComputeTargetException when it cannot be; NotOffered for users, networks and identities of a cluster.
        """
        return AmlComputeProvisioningConfiguration(
            vm_size, vm_priority, min_nodes, max_nodes, idle_seconds_before_scaledown, admin_username,
            admin_user_password, admin_user_ssh_key, vnet_resourcegroup_name, vnet_name, subnet_name, tags,
            description, remote_login_port_public_access, identity_type, identity_id, location, enable_node_public_ip)

    @property
    def vm_size(self) -> str:
        """The size of its nodes, in capitals."""
        return str(self._document["vm_size"]).upper()

    @property
    def vm_priority(self) -> str:
        """``Dedicated`` or ``Lowpriority``."""
        return self.status.vm_priority

    @property
    def scale_settings(self) -> ScaleSettings:
        """Its limits, as last seen."""
        return scale_settings(self._document)

    @property
    def status(self) -> AmlComputeStatus:
        """Its status, as last seen."""
        return AmlComputeStatus._of(self._document)

    def get_status(self) -> AmlComputeStatus:
        """Its status now. ComputeTargetException once it is gone."""
        self.refresh_state()
        return self.status

    def get(self) -> Document:
        """What the backend says of it now."""
        self.refresh_state()
        return dict(self._document)

    def wait_for_completion(self, show_output: bool = False, min_node_count: int | None = None,
                            timeout_in_minutes: float = 25, is_delete_operation: bool = False) -> None:
        """Wait until it is made and has ``min_node_count`` nodes (none: the least it has), or until it is gone.

        ``show_output`` prints how it goes. After the time it returns all the same, as v1 does. ComputeTargetException
        with Batch's words when it refuses the cluster, or refuses the nodes for lack of quota.
        """
        if is_delete_operation:
            wait_until_gone(self, show_output, timeout_in_minutes * 60)
        else:
            wait_for_nodes(self, show_output, min_node_count, timeout_in_minutes * 60)

    @translated(REFUSED)
    def update(self, min_nodes: Count = None, max_nodes: Count = None,
               idle_seconds_before_scaledown: Count = None) -> None:
        """Change its limits; what is none stays."""
        wanted = {"min_nodes": min_nodes, "max_nodes": max_nodes,
                  "idle_seconds_before_scaledown": idle_seconds_before_scaledown}
        body = {name: number(name, value) for name, value in wanted.items() if value is not None}
        self._document = {**self._document, **self.workspace.api.write("PATCH", path(self.name), body).json()}

    @translated(REFUSED)
    def list_nodes(self) -> list[dict[str, Any]]:
        """Its nodes: ``nodeId``, ``nodeState`` (``idle``, ``running``, ...) and ``runId``, the run on it or none."""
        nodes = self.workspace.api.pages(f"{path(self.name)}/nodes")
        return [{"nodeId": node["node_id"], "port": None, "publicIpAddress": None, "privateIpAddress": None,
                 "nodeState": NODE_STATES.get(node["state"], "unusable"), "runId": node["run_id"]} for node in nodes]

    def get_active_runs(self, type: str | None = None, tags: Wanted = None, properties: Wanted = None,
                        status: str | None = None) -> Iterator[Run]:
        """The runs on it, or waiting for it, newest first."""
        from runspoor.sdk.run import Run

        runs = Run.list_by_compute(self, type, tags, properties, status)
        return (run for run in runs if run.status not in ENDED)

    def serialize(self) -> dict[str, Any]:
        """v1's dictionary about it, as last seen."""
        properties = {"vmSize": self.vm_size, "vmPriority": self.vm_priority,
                      "scaleSettings": self.scale_settings.serialize(), "userAccountCredentials": None, "subnet": None}
        cluster = {"description": None, "resourceId": None, "computeType": self.type,
                   "computeLocation": self.cluster_location, "provisioningState": self.provisioning_state,
                   "provisioningErrors": self.provisioning_errors, "properties": properties,
                   "status": self.status.serialize()}
        return {"id": self.id, "name": self.name, "location": self.location, "tags": self.tags, "properties": cluster}

    @staticmethod
    def deserialize(workspace: Workspace, object_dict: Mapping[str, Any]) -> AmlCompute:
        """The cluster that ``serialize`` has described, as it is now."""
        if "name" not in object_dict:
            raise ComputeTargetException("This describes no compute target: it has no 'name'.")
        return AmlCompute(workspace, object_dict["name"])


def create(workspace: Workspace, name: str, configuration: AmlComputeProvisioningConfiguration) -> AmlCompute:
    """What ``ComputeTarget.create`` does."""
    configuration.validate_configuration()
    body = configuration._request(name)
    if configuration.vm_size and str(body["vm_size"]).upper() != configuration.vm_size.upper():
        print(f"{configuration.vm_size} has been retired: {body['vm_size']} takes its place.")
    with translated(REFUSED):
        try:
            return AmlCompute._of(workspace, workspace.api.write("POST", "compute-targets", body).json(), name)
        except errors.Conflict:
            return _adapted(AmlCompute(workspace, name), body)


def _adapted(there: AmlCompute, wanted: Mapping[str, Any]) -> AmlCompute:
    """The cluster of the same name with the wanted limits. ComputeTargetException when more would have to change."""
    if there.provisioning_state == "Deleting":
        raise ComputeTargetException(f"{there.name} is being deleted: wait for it with "
                                     "wait_for_completion(is_delete_operation=True), then create it.")
    known = there._document
    different = [f"{field} {known[field]}, not {wanted[field]}" for field in ("vm_size", "vm_priority")
                 if str(known[field]).lower() != str(wanted[field]).lower()]
    if different:
        raise ComputeTargetException(f"{there.name} exists with {' and '.join(different)}: delete it first, or choose "
                                     "another name.")
    there.update(wanted["min_nodes"], wanted["max_nodes"], wanted["idle_seconds_before_scaledown"])
    return there
