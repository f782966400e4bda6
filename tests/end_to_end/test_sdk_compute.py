"""Compute targets in v1's way, against a whole system."""

import uuid
from collections.abc import Callable, Iterator
from operator import attrgetter

import httpx
import pytest
from runspoor.sdk import compute_wait
from runspoor.sdk.aml_compute import AmlCompute, AmlComputeProvisioningConfiguration
from runspoor.sdk.compute import ComputeTarget
from runspoor.sdk.exceptions import ComputeTargetException, NotOffered
from runspoor.sdk.workspace import Workspace

from local.system import System
from tests.end_to_end.api import Api, until

CONFIGURE: Callable[..., AmlComputeProvisioningConfiguration] = AmlCompute.provisioning_configuration
SIZE = "STANDARD_D2_V2"


@pytest.fixture
def workspace(system: System, api: Api, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("RUNSPOOR_URL", system.url)
    monkeypatch.setenv("RUNSPOOR_KEY", system.state.key)
    monkeypatch.setattr(compute_wait, "LONGEST_PAUSE", 0.5)
    return Workspace("a-subscription", "a-group", "a-workspace")


@pytest.fixture
def name(api: Api) -> Iterator[str]:
    """The name of a target of the test's own, gone afterwards."""
    name = f"Cluster-{uuid.uuid4().hex[:8]}"
    yield name
    api.http.delete(f"compute-targets/{name}")


def test_the_tutorial_s_way(workspace: Workspace, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    if name in workspace.compute_targets:
        raise AssertionError("nobody has made it")
    configuration = CONFIGURE(vm_size=SIZE, min_nodes="0", max_nodes="4")
    made = ComputeTarget.create(workspace, name, configuration)
    made.wait_for_completion(show_output=True, min_node_count=None, timeout_in_minutes=20)
    assert name in workspace.compute_targets
    found = workspace.compute_targets[name]
    assert type(found) is type(made) is type(ComputeTarget(workspace, name)) is AmlCompute
    assert (found.name.lower(), found.type, found.provisioning_state) == (name.lower(), "AmlCompute", "Succeeded")
    status = made.get_status().serialize()
    assert (status["vmSize"], status["vmPriority"], status["provisioningState"], status["errors"]) == (
        "STANDARD_D2S_V5", "Dedicated", "Succeeded", None)
    assert status["scaleSettings"] == {
        "minNodeCount": 0, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT1800S"}
    printed = capsys.readouterr().out
    assert printed.startswith(f"{SIZE} has been retired: Standard_D2s_v5 takes its place.\nCreating")
    assert printed.endswith("Succeeded\nAmlCompute wait for completion finished\n\n"
                            "Minimum number of nodes requested have been provisioned\n")


def test_one_that_is_there_is_used_again(workspace: Workspace, name: str) -> None:
    first = ComputeTarget.create(workspace, name, CONFIGURE(vm_size=SIZE, max_nodes=4))
    again = ComputeTarget.create(workspace, name.lower(), CONFIGURE(vm_size=SIZE, max_nodes=4))
    assert again.created_on == first.created_on
    fewer = CONFIGURE(vm_size=SIZE, max_nodes=2, idle_seconds_before_scaledown=60)
    other = ComputeTarget.create(workspace, name, fewer)
    assert other.created_on == first.created_on
    assert other.scale_settings.serialize() == {
        "minNodeCount": 0, "maxNodeCount": 2, "nodeIdleTimeBeforeScaleDown": "PT60S"}
    with pytest.raises(ComputeTargetException, match="exists with vm_size Standard_D2s_v5, not Standard_NC4as_T4_v3"):
        ComputeTarget.create(workspace, name, CONFIGURE(vm_size="STANDARD_NC6", max_nodes=2))
    with pytest.raises(ComputeTargetException, match="exists with vm_priority dedicated, not low_priority"):
        ComputeTarget.create(workspace, name, CONFIGURE(vm_size=SIZE, max_nodes=2, vm_priority="lowpriority"))


def test_limits_change_and_nodes_come(workspace: Workspace, name: str) -> None:
    target = ComputeTarget.create(workspace, name, CONFIGURE(vm_size=SIZE, max_nodes=1))
    target.update(min_nodes="2", max_nodes=3)
    target.wait_for_completion()
    assert (target.status.current_node_count, target.scale_settings.minimum_node_count) == (2, 2)
    until(lambda: [node["nodeState"] for node in target.list_nodes()] == ["idle", "idle"])
    with pytest.raises(ComputeTargetException, match=r"min_nodes .4. would be above max_nodes .3."):
        target.update(min_nodes=4)
    with pytest.raises(ComputeTargetException, match=r"never has 9 nodes .*: its max_nodes is 3"):
        target.wait_for_completion(min_node_count=9)


def test_waiting_ends_with_the_time(workspace: Workspace, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    target = ComputeTarget.create(workspace, name, CONFIGURE(vm_size=SIZE, max_nodes=2))
    target.wait_for_completion()
    target.wait_for_completion(show_output=True, min_node_count=1, timeout_in_minutes=0.01)
    assert capsys.readouterr().out.endswith(
        'Wait timeout has been reached\nCurrent provisioning state of AmlCompute is "Succeeded" and current node count '
        'is "0"\n')


def test_it_is_deleted_in_the_background(workspace: Workspace, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    target = ComputeTarget.create(workspace, name, CONFIGURE(vm_size=SIZE, min_nodes=1, max_nodes=1))
    target.wait_for_completion()
    target.delete()
    assert target.provisioning_state == "Deleting"
    target.wait_for_completion(show_output=True, is_delete_operation=True)
    assert capsys.readouterr().out.endswith("\nDelete operation finished\n")
    with pytest.raises(ComputeTargetException, match=f"ComputeTargetNotFound: There is no compute target '{name}'"):
        target.get_status()
    with pytest.raises(ComputeTargetException, match="ComputeTargetNotFound"):
        ComputeTarget(workspace, name)
    assert name not in workspace.compute_targets
    assert workspace.compute_targets.get(name) is None


def test_what_runs_on_it(workspace: Workspace, api: Api, name: str) -> None:
    target = ComputeTarget.create(workspace, name, CONFIGURE(vm_size=SIZE, max_nodes=1))
    run_id = api.submit("import time\ntime.sleep(60)", experiment="on-a-cluster", compute_target=name)
    api.wait(run_id, "Running")
    assert [node["runId"] for node in target.list_nodes()] == [run_id]
    until(lambda: [run.id for run in target.get_active_runs()] == [run_id])
    api.http.post(f"runs/{run_id}/cancel", json={})
    api.wait(run_id)
    until(lambda: list(target.get_active_runs()) == [])


def test_what_the_backend_refuses(workspace: Workspace, name: str) -> None:
    with pytest.raises(ComputeTargetException, match="cannot be the compute target name"):
        ComputeTarget.create(workspace, "a b", CONFIGURE(vm_size=SIZE, max_nodes=1))
    with pytest.raises(ComputeTargetException, match="max_nodes"):
        ComputeTarget.create(workspace, name, CONFIGURE(vm_size=SIZE, max_nodes=1_000))
    with pytest.raises(NotOffered, match=r"ComputeTarget\.attach"):
        attrgetter("attach")(ComputeTarget)
    with pytest.raises(ComputeTargetException, match="was not attached"):
        ComputeTarget.create(workspace, name, CONFIGURE(vm_size=SIZE, max_nodes=1)).detach()


def test_a_cluster_that_batch_refuses(workspace: Workspace, system: System, name: str) -> None:
    plan = {"method": "POST", "path": "^/pools$", "status": 400, "code": "InvalidPropertyValue"}
    assert httpx.post(f"{system.batch_url}/_emulator/answers", json=plan).status_code == 204
    target = ComputeTarget.create(workspace, name, CONFIGURE(vm_size=SIZE, max_nodes=1))
    with pytest.raises(ComputeTargetException, match=r"could not be made: .*InvalidPropertyValue: .* then create it"):
        target.wait_for_completion()
    assert target.provisioning_state == "Failed"
    assert target.provisioning_errors[0]["error"]["code"] == "InvalidPropertyValue"
    ComputeTarget.create(workspace, name, CONFIGURE(vm_size=SIZE, max_nodes=1)).wait_for_completion()


def test_nodes_for_which_there_is_no_quota(workspace: Workspace, system: System, name: str) -> None:
    fault = f"{system.batch_url}/_emulator/pools/{name.lower()}/allocation-failure"
    words = {"code": "AccountCoreQuotaReached", "message": "The core quota for the account has been reached."}
    assert httpx.put(fault, json=words).status_code == 204
    target = ComputeTarget.create(workspace, name, CONFIGURE(vm_size=SIZE, min_nodes=1, max_nodes=1))
    with pytest.raises(ComputeTargetException, match=r"gets no nodes: AccountCoreQuotaReached: .* higher quota"):
        target.wait_for_completion()
    assert httpx.delete(fault).status_code == 204


def test_it_is_described_in_v1_s_words(workspace: Workspace, name: str) -> None:
    target = ComputeTarget.create(workspace, name, CONFIGURE(vm_size=SIZE, max_nodes=1))
    written = target.serialize()
    assert written["name"] == name
    assert written["properties"]["properties"]["vmSize"] == "STANDARD_D2S_V5"
    assert written["properties"]["computeType"] == "AmlCompute"
    assert AmlCompute.deserialize(workspace, written).id == target.id
    assert repr(target).startswith("AmlCompute(workspace=Workspace.create(name='a-workspace'")
    with pytest.raises(ComputeTargetException, match="describes no compute target"):
        AmlCompute.deserialize(workspace, {})
