"""Clusters as v1 configures and describes them."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runspoor.sdk.aml_compute import (
    AmlCompute,
    AmlComputeProvisioningConfiguration,
    AmlComputeStatus,
    ScaleSettings,
)
from runspoor.sdk.compute_settings import Count
from runspoor.sdk.compute_status import V1_STATES, NodeStateCounts
from runspoor.sdk.exceptions import ComputeTargetException, NotOffered
from runspoor.sdk.vm_sizes import DEFAULT, SUCCESSORS, offered

DOCUMENT = {
    "name": "cpu", "vm_size": "Standard_D2s_v5", "min_nodes": 0, "max_nodes": 4, "idle_seconds_before_scaledown": 120,
    "vm_priority": "low_priority", "provisioning_state": "Succeeded", "since": "2026-11-20T19:31:00.500000Z",
    "nodes": 2, "created_at": "2026-11-20T19:30:00Z", "reason": None,
    "pool": {"allocation": "resizing", "target": 2, "current": 1, "nodes": {"creating": 1, "idle": 2, "odd": 1},
             "problems": [{"code": "AllocationFailed", "message": "No room."}], "since": "2026-11-20T19:32:00Z"}}


PROVISION: Callable[..., AmlComputeProvisioningConfiguration] = AmlCompute.provisioning_configuration


def configuration(**settings: object) -> dict[str, object]:
    return PROVISION(**{"max_nodes": 4, **settings})._request("cpu")


def test_what_is_asked_of_the_backend() -> None:
    assert configuration(vm_size="Standard_F4s_v2", vm_priority="LowPriority", min_nodes=1) == {
        "name": "cpu", "vm_size": "Standard_F4s_v2", "min_nodes": 1, "max_nodes": 4, "vm_priority": "low_priority",
        "idle_seconds_before_scaledown": 1_800}


@pytest.mark.parametrize(("size", "asked"), [
    ("STANDARD_D2_V2", "Standard_D2s_v5"), ("Standard_d2_v2", "Standard_D2s_v5"), ("", DEFAULT),
    ("STANDARD_NC6", "Standard_NC4as_T4_v3"), ("Standard_D4ds_v5", "Standard_D4ds_v5"), ("odd", "odd"),
])
def test_sizes_that_are_gone_have_successors(size: str, asked: str) -> None:
    assert offered(size) == asked


def test_no_successor_has_been_retired_itself() -> None:
    assert not {size.upper() for size in SUCCESSORS.values()} & set(SUCCESSORS)


@pytest.mark.parametrize(("least", "most", "idle"), [
    (0, 4, 1_800), ("0", "4", "1800"), (" 0", "4 ", None), (None, 4, 1800)])
def test_numbers_may_be_digits_of_a_text(least: Count, most: Count, idle: Count) -> None:
    made = AmlCompute.provisioning_configuration(min_nodes=least, max_nodes=most, idle_seconds_before_scaledown=idle)
    assert made.scale_settings.serialize() == {
        "minNodeCount": 0, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT1800S"}


@pytest.mark.parametrize(("settings", "said"), [
    ({"max_nodes": None}, "max_nodes is missing"), ({"min_nodes": 5}, "min_nodes .5. is not between 0 and max_nodes"),
    ({"min_nodes": -1}, "not between"), ({"max_nodes": "four"}, "max_nodes is a whole number, not 'four'"),
    ({"max_nodes": 1.5}, "whole number"), ({"max_nodes": True}, "whole number"),
    ({"vm_priority": "cheap"}, "'dedicated' or 'lowpriority'"), ({"admin_username": "me"}, "needs admin_user_password"),
    ({"vnet_name": "net"}, "go together"),
])
def test_what_cannot_be_is_said_at_once(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ComputeTargetException, match=said):
        configuration(**settings)


@pytest.mark.parametrize(("settings", "feature"), [
    ({"admin_username": "me", "admin_user_ssh_key": "key"}, "a user on the nodes"),
    ({"vnet_resourcegroup_name": "g", "vnet_name": "n", "subnet_name": "s"}, "a virtual network"),
    ({"identity_type": "SystemAssigned"}, "an identity"), ({"enable_node_public_ip": False}, "nodes without a public"),
])
def test_what_is_not_offered_says_so(settings: dict[str, object], feature: str) -> None:
    with pytest.raises(NotOffered, match=feature):
        configuration(**settings)


def test_a_status_is_written_as_v1_writes_it() -> None:
    written = AmlComputeStatus._of(DOCUMENT).serialize()
    assert written == {
        "currentNodeCount": 1, "targetNodeCount": 2,
        "nodeStateCounts": {"preparingNodeCount": 1, "runningNodeCount": 0, "idleNodeCount": 2,
                            "unusableNodeCount": 1, "leavingNodeCount": 0, "preemptedNodeCount": 0},
        "allocationState": "Resizing", "allocationStateTransitionTime": "2026-11-20T19:32:00+00:00",
        "errors": [{"error": {"code": "AllocationFailed", "message": "No room."}}],
        "creationTime": "2026-11-20T19:30:00+00:00", "modifiedTime": "2026-11-20T19:31:00.500000+00:00",
        "provisioningState": "Succeeded", "provisioningStateTransitionTime": "2026-11-20T19:31:00.500000+00:00",
        "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT120S"},
        "vmPriority": "Lowpriority", "vmSize": "STANDARD_D2S_V5"}
    again = AmlComputeStatus.deserialize(written)
    assert again
    assert again.serialize() == written


def test_a_cluster_without_a_pool_has_no_nodes() -> None:
    status = AmlComputeStatus._of({**DOCUMENT, "pool": None, "provisioning_state": "Failed",
                                   "reason": {"code": "PoolQuotaReached", "message": "No pools."}})
    assert (status.current_node_count, status.target_node_count, status.allocation_state) == (0, 2, None)
    assert status.errors == [{"error": {"code": "PoolQuotaReached", "message": "No pools."}}]


@given(st.dictionaries(st.sampled_from(["idle", "running", "starting", "leavingpool", "preempted", "new word"]),
                       st.integers(0, 50)))
def test_every_node_is_counted_once(counts: dict[str, int]) -> None:
    assert sum(NodeStateCounts(counts).serialize().values()) == sum(counts.values())
    assert len(V1_STATES) == len(NodeStateCounts(counts).serialize())


@pytest.mark.parametrize(("duration", "seconds"), [("PT120S", 120), ("PT30M", 1_800), ("PT1H5M", 3_900)])
def test_idle_times_are_read_in_any_unit(duration: str, seconds: int) -> None:
    read = ScaleSettings.deserialize(
        {"minNodeCount": 0, "maxNodeCount": "4", "nodeIdleTimeBeforeScaleDown": duration})
    assert read
    assert (read.maximum_node_count, read.idle_seconds_before_scaledown) == (4, seconds)


@pytest.mark.parametrize("wrong", [{"minNodeCount": 0}, {"minNodeCount": 0, "maxNodeCount": 1,
                                                         "nodeIdleTimeBeforeScaleDown": "soon"}])
def test_what_are_no_scale_settings(wrong: dict[str, object]) -> None:
    with pytest.raises(ComputeTargetException, match="no scale settings"):
        ScaleSettings.deserialize(wrong)
