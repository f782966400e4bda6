"""A cluster's status under v1's names. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from runspoor.sdk.compute_settings import PRIORITIES, ScaleSettings
from runspoor.sdk.surface import Surface

NODE_STATES: Mapping[str, str] = {
    "creating": "preparing", "starting": "preparing", "waitingforstarttask": "preparing", "rebooting": "preparing",
    "reimaging": "preparing", "upgradingos": "preparing", "running": "running", "idle": "idle",
    "leavingpool": "leaving", "deallocating": "leaving", "deallocated": "leaving", "preempted": "preempted",
}
"""Batch's word for a node's state -> v1's; whatever else Batch says is ``unusable``."""
V1_STATES = ("preparing", "running", "idle", "unusable", "leaving", "preempted")
V1_PRIORITIES = {ours: v1 for v1, ours in PRIORITIES.items()}


def moment(text: str | None) -> datetime | None:
    """The time of an ISO 8601 text in UTC."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None


def _written(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


class NodeStateCounts:
    """How many nodes are in which state."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        totals = dict.fromkeys(V1_STATES, 0)
        for state, nodes in counts.items():
            totals[NODE_STATES.get(state, "unusable")] += nodes
        self.preparing_node_count = totals["preparing"]
        self.running_node_count = totals["running"]
        self.idle_node_count = totals["idle"]
        self.unusable_node_count = totals["unusable"]
        self.leaving_node_count = totals["leaving"]
        self.preempted_node_count = totals["preempted"]

    def serialize(self) -> dict[str, int]:
        """As v1 writes it."""
        return {f"{state}NodeCount": getattr(self, f"{state}_node_count") for state in V1_STATES}

    @staticmethod
    def deserialize(object_dict: Mapping[str, int]) -> NodeStateCounts:
        """The counts of what ``serialize`` gave."""
        counts = NodeStateCounts({})
        for state in V1_STATES:
            setattr(counts, f"{state}_node_count", object_dict.get(f"{state}NodeCount", 0))
        return counts


class AmlComputeStatus(Surface, v1="azureml.core.compute.amlcompute.AmlComputeStatus"):
    """What there is of a cluster and what it is about to become; ``serialize()`` shows it."""

    def __init__(self, allocation_state: str | None, allocation_state_transition_time: datetime | None,
                 creation_time: datetime | None, current_node_count: int, errors: list[dict[str, Any]] | None,
                 modified_time: datetime | None, node_state_counts: NodeStateCounts | None, provisioning_state: str,
                 provisioning_state_transition_time: datetime | None, scale_settings: ScaleSettings | None,
                 target_node_count: int, vm_priority: str, vm_size: str) -> None:
        self.allocation_state = allocation_state
        self.allocation_state_transition_time = allocation_state_transition_time
        self.creation_time, self.modified_time = creation_time, modified_time
        self.current_node_count, self.target_node_count = current_node_count, target_node_count
        self.errors = errors
        self.node_state_counts = node_state_counts
        self.provisioning_state = provisioning_state
        self.provisioning_state_transition_time = provisioning_state_transition_time
        self.scale_settings = scale_settings
        self.vm_priority, self.vm_size = vm_priority, vm_size

    def serialize(self) -> dict[str, Any]:
        """As v1 writes it: times are ISO 8601, the idle time is a duration of seconds."""
        return {
            "currentNodeCount": self.current_node_count,
            "targetNodeCount": self.target_node_count,
            "nodeStateCounts": self.node_state_counts.serialize() if self.node_state_counts else None,
            "allocationState": self.allocation_state,
            "allocationStateTransitionTime": _written(self.allocation_state_transition_time),
            "errors": self.errors,
            "creationTime": _written(self.creation_time),
            "modifiedTime": _written(self.modified_time),
            "provisioningState": self.provisioning_state,
            "provisioningStateTransitionTime": _written(self.provisioning_state_transition_time),
            "scaleSettings": self.scale_settings.serialize() if self.scale_settings else None,
            "vmPriority": self.vm_priority,
            "vmSize": self.vm_size,
        }

    @staticmethod
    def deserialize(object_dict: Mapping[str, Any] | None) -> AmlComputeStatus | None:
        """The status of what ``serialize`` gave."""
        if not object_dict:
            return None
        counts = object_dict.get("nodeStateCounts")
        return AmlComputeStatus(
            object_dict.get("allocationState"), moment(object_dict.get("allocationStateTransitionTime")),
            moment(object_dict.get("creationTime")), object_dict["currentNodeCount"], object_dict.get("errors"),
            moment(object_dict.get("modifiedTime")), NodeStateCounts.deserialize(counts) if counts else None,
            object_dict["provisioningState"], moment(object_dict.get("provisioningStateTransitionTime")),
            ScaleSettings.deserialize(object_dict.get("scaleSettings")), object_dict["targetNodeCount"],
            object_dict["vmPriority"], object_dict["vmSize"])

    @classmethod
    def _of(cls, document: Mapping[str, Any]) -> AmlComputeStatus:
        """The status of a compute target as ``GET compute-targets/{name}`` answers."""
        pool = document.get("pool") or {"current": 0, "target": document["nodes"], "nodes": {}}
        since = moment(document.get("since"))
        return cls(
            allocation_state=str(pool["allocation"]).capitalize() if "allocation" in pool else None,
            allocation_state_transition_time=moment(pool.get("since")) or since,
            creation_time=moment(document["created_at"]), current_node_count=pool["current"],
            errors=problems(document), modified_time=since, node_state_counts=NodeStateCounts(pool["nodes"]),
            provisioning_state=document["provisioning_state"], provisioning_state_transition_time=since,
            scale_settings=scale_settings(document), target_node_count=pool["target"],
            vm_priority=V1_PRIORITIES[document["vm_priority"]].capitalize(), vm_size=document["vm_size"].upper())


def scale_settings(document: Mapping[str, Any]) -> ScaleSettings:
    """The limits of a compute target."""
    return ScaleSettings(document["min_nodes"], document["max_nodes"], document["idle_seconds_before_scaledown"])


def problems(document: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """What Batch says against it, in v1's shape; none when it says nothing."""
    said = [document["reason"]] if document.get("reason") else []
    said += (document.get("pool") or {}).get("problems", [])
    return [{"error": {"code": each["code"], "message": each["message"]}} for each in said] or None
