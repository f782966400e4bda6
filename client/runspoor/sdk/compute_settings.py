"""What a cluster is to be: v1's configuration, and its limits as v1 writes them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Union

from runspoor.sdk.exceptions import ComputeTargetException, NotOffered
from runspoor.sdk.surface import Surface
from runspoor.sdk.vm_sizes import offered

IDLE_SECONDS = 1_800
PRIORITIES: Mapping[str, str] = {"dedicated": "dedicated", "lowpriority": "low_priority"}
"""v1's words in lower case, and the backend's. Low-priority nodes are spot nodes: they may be taken away."""
DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")
Count = Union[int, str, None]


def number(name: str, value: Count) -> int | None:
    """A number, also as the digits an environment variable has. ComputeTargetException for anything else."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    raise ComputeTargetException(f"{name} is a whole number, not {value!r}.")


class ScaleSettings(Surface, v1="azureml.core.compute.amlcompute.ScaleSettings"):
    """Between how many nodes a cluster has, and how long one stays when nothing waits for it."""

    def __init__(self, minimum_node_count: int, maximum_node_count: int, idle_seconds_before_scaledown: int) -> None:
        self.minimum_node_count = minimum_node_count
        self.maximum_node_count = maximum_node_count
        self.idle_seconds_before_scaledown = idle_seconds_before_scaledown

    def serialize(self) -> dict[str, object]:
        """As v1 writes it: the idle time is an ISO 8601 duration of seconds."""
        return {"minNodeCount": self.minimum_node_count, "maxNodeCount": self.maximum_node_count,
                "nodeIdleTimeBeforeScaleDown": f"PT{self.idle_seconds_before_scaledown}S"}

    @staticmethod
    def deserialize(object_dict: Mapping[str, object] | None) -> ScaleSettings | None:
        """The settings of what ``serialize`` gave. ComputeTargetException when something is missing."""
        if not object_dict:
            return None
        try:
            least, most = int(str(object_dict["minNodeCount"])), int(str(object_dict["maxNodeCount"]))
            return ScaleSettings(least, most, _seconds(str(object_dict["nodeIdleTimeBeforeScaleDown"])))
        except (KeyError, ValueError) as error:
            raise ComputeTargetException(f"These are no scale settings: {error} is missing or wrong.") from error


def _seconds(duration: str) -> int:
    found = DURATION.fullmatch(duration)
    if found is None:
        raise ValueError(duration)
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


class ComputeTargetProvisioningConfiguration(Surface,
                                             v1="azureml.core.compute.compute.ComputeTargetProvisioningConfiguration"):
    """What a compute target is to be made of."""

    def __init__(self, type: object, location: str | None) -> None:
        self.compute_type, self.location = type, location

    def validate_configuration(self) -> None:
        """ComputeTargetException when it cannot be."""


class AmlComputeProvisioningConfiguration(ComputeTargetProvisioningConfiguration,
                                          v1="azureml.core.compute.amlcompute.AmlComputeProvisioningConfiguration"):
    """A cluster to be made; ``AmlCompute.provisioning_configuration`` says what its settings are."""

    def __init__(self, vm_size: str = "", vm_priority: str = "dedicated", min_nodes: Count = 0,
                 max_nodes: Count = None, idle_seconds_before_scaledown: Count = IDLE_SECONDS,
                 admin_username: str | None = None, admin_user_password: str | None = None,
                 admin_user_ssh_key: str | None = None, vnet_resourcegroup_name: str | None = None,
                 vnet_name: str | None = None, subnet_name: str | None = None, tags: Mapping[str, str] | None = None,
                 description: str | None = None, remote_login_port_public_access: str = "NotSpecified",
                 identity_type: str | None = None, identity_id: object = None, compute_location: str | None = None,
                 enable_node_public_ip: bool = True) -> None:
        super().__init__("AmlCompute", compute_location)
        self.vm_size, self.vm_priority = vm_size, vm_priority
        self._counts = (min_nodes, max_nodes, idle_seconds_before_scaledown)
        self.admin_username, self.admin_user_password = admin_username, admin_user_password
        self.admin_user_ssh_key = admin_user_ssh_key
        self.vnet_resourcegroup_name, self.vnet_name, self.subnet_name = vnet_resourcegroup_name, vnet_name, subnet_name
        self.tags, self.description = tags, description
        self.remote_login_port_public_access = remote_login_port_public_access
        self.identity_type, self.identity_id = identity_type, identity_id
        self.enable_node_public_ip = enable_node_public_ip
        self.validate_configuration()

    @property
    def scale_settings(self) -> ScaleSettings:
        """The limits. ComputeTargetException when they cannot be."""
        names = ("min_nodes", "max_nodes", "idle_seconds_before_scaledown")
        least, most, idle = (number(name, value) for name, value in zip(names, self._counts))
        if most is None:
            raise ComputeTargetException("max_nodes is missing: say how many nodes the cluster may have at most.")
        if not 0 <= (least or 0) <= most:
            raise ComputeTargetException(f"min_nodes ({least}) is not between 0 and max_nodes ({most}).")
        return ScaleSettings(least or 0, most, IDLE_SECONDS if idle is None else idle)

    def validate_configuration(self) -> None:
        """ComputeTargetException when it cannot be, NotOffered for what Runspoor has not."""
        if self.vm_priority.lower() not in PRIORITIES:
            raise ComputeTargetException(f"vm_priority is 'dedicated' or 'lowpriority', not {self.vm_priority!r}.")
        _ = self.scale_settings
        user, network = self._user(), (self.vnet_resourcegroup_name, self.vnet_name, self.subnet_name)
        if self.admin_username and len(user) == 1:
            raise ComputeTargetException("admin_username needs admin_user_password or admin_user_ssh_key.")
        if any(network) and not all(network):
            raise ComputeTargetException("vnet_resourcegroup_name, vnet_name and subnet_name go together.")
        for given, feature, way in (
            (bool(user), "a user on the nodes (admin_username)", "leave it out; what a run leaves is among its files"),
            (any(network), "a virtual network per cluster (vnet_name)", "leave it out; the deployment has one"),
            (bool(self.identity_type), "an identity per cluster (identity_type)",
             "leave it out; the deployment has one for all nodes"),
            (not self.enable_node_public_ip, "nodes without a public address (enable_node_public_ip=False)",
             "leave it out; addresses belong to the deployment"),
        ):
            if given:
                raise NotOffered(feature, way)

    def _user(self) -> list[str]:
        return [each for each in (self.admin_username, self.admin_user_password, self.admin_user_ssh_key) if each]

    def _request(self, name: str) -> dict[str, object]:
        """The body of ``POST compute-targets``."""
        scale = self.scale_settings
        return {"name": name, "vm_size": offered(self.vm_size), "min_nodes": scale.minimum_node_count,
                "max_nodes": scale.maximum_node_count, "vm_priority": PRIORITIES[self.vm_priority.lower()],
                "idle_seconds_before_scaledown": scale.idle_seconds_before_scaledown}
