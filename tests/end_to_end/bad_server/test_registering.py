"""v1 calls against a backend that is slow or busy, or breaks connections: nothing lost, nothing doubled."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from runspoor.sdk.aml_compute import AmlCompute
from runspoor.sdk.compute import ComputeTarget
from runspoor.sdk.dataset import Dataset
from runspoor.sdk.environment import Environment
from runspoor.sdk.exceptions import ComputeTargetException
from runspoor.sdk.experiment import Experiment
from runspoor.sdk.model import Model
from runspoor.sdk.run import Run
from runspoor.sdk.script_run_config import ScriptRunConfig
from runspoor.sdk.workspace import Workspace
from runspoor.transport import exchange

from tests.end_to_end.api import until
from tests.end_to_end.bad_server.bad_network import (
    BLOBS,
    LATE_SECONDS,
    RETRY_AFTER_SECONDS,
    BadNetwork,
    Plan,
    every,
    for_seconds,
    once_each,
    together,
)
from tests.end_to_end.bad_server.training_folder import FILES, training_folder
from tests.end_to_end.intercepted import Intercepted

WRITES = "POST|PUT|PATCH|DELETE"
BEGUN_AND_ENDED = ("run.submitted", "run.attempt_opened", "run.attempt_ended", "run.ended")


def checked_run(world: Intercepted, run: Run, digest: str) -> None:
    """It is the only one, was run once, and has all it should have."""
    types = world.api.types(run.id)
    assert world.listed(run.experiment.name, 1) == [run.id]
    assert [types.count(each) for each in BEGUN_AND_ENDED] == [1, 1, 1, 1], types
    assert run.get_metrics() == {"loss": [3, 2, 1], "files": FILES, "digest": digest}


SUBMISSIONS: dict[str, tuple[str, Callable[[], Plan]]] = {
    "each upload breaks once": ("cpu", lambda: once_each("drop request", "PUT", BLOBS)),
    "each answer is lost once": ("local", lambda: once_each("lose answer")),
    "it is not there for a while": ("cpu", lambda: for_seconds(2, "unavailable")),
}


@pytest.mark.parametrize("trouble", SUBMISSIONS)
def test_a_submission_is_one_run_with_all_its_files(world: Intercepted, network: BadNetwork, workspace: Workspace,
                                                    tmp_path: Path, trouble: str) -> None:
    digest = training_folder(tmp_path / "source")
    target, plan = SUBMISSIONS[trouble]
    network.plan = plan()
    experiment = Experiment(workspace, f"submitted-{list(SUBMISSIONS).index(trouble)}")
    run = experiment.submit(ScriptRunConfig(str(tmp_path / "source"), "train.py", compute_target=target))
    run.wait_for_completion()
    checked_run(world, run, digest)
    harm = {"each upload breaks once": network.count("drop request", "PUT", BLOBS) >= FILES,
            "each answer is lost once": network.count("lose answer", "POST", "/api/(runs|snapshots|experiments)$") == 3,
            "it is not there for a while": network.count("unavailable") > 1}
    assert harm[trouble], network.seen


def test_who_is_told_to_wait_waits(network: BadNetwork, workspace: Workspace) -> None:
    network.plan = every(2, "too many")
    run = Experiment(workspace, "told-to-wait").start_logging()
    run.log("loss", 1)
    run.complete()
    assert run.get_metrics() == {"loss": 1}
    seen = sorted(network.seen, key=lambda each: each.at)
    refused = [number for number, each in enumerate(seen) if each.act == "too many"]
    assert len(refused) >= 4
    for number in refused:
        again = next(each for each in seen[number + 1:] if (each.method, each.path) == (
            seen[number].method, seen[number].path))
        assert again.at - seen[number].at >= RETRY_AFTER_SECONDS


def test_answers_that_come_too_late(world: Intercepted, network: BadNetwork, workspace: Workspace,
                                    monkeypatch: pytest.MonkeyPatch) -> None:
    """The first try is still at work when the second one comes; in a script's own way of sending."""
    monkeypatch.setitem(sys.modules, "runspoor.transport.over_httpx", None)
    monkeypatch.setattr(exchange, "READ_SECONDS", LATE_SECONDS / 3)
    network.plan = together(once_each("late answer", "POST", "/api/runs$"), once_each("late answer", "POST", "metrics"))
    run = Experiment(workspace, "too-late").start_logging()
    run.log_list("loss", [3, 2, 1])
    run.complete()
    assert run.get_metrics() == {"loss": [3, 2, 1]}
    assert world.listed("too-late", 1) == [run.id]
    assert network.count("late answer") == 2


def test_models_are_registered_once(network: BadNetwork, workspace: Workspace, tmp_path: Path) -> None:
    network.plan = together(once_each("drop request", "PUT", BLOBS), every(2, "lose answer", WRITES, "/models"),
                            once_each("cut answer", "GET", BLOBS))
    (tmp_path / "model.bin").write_bytes(os.urandom(300_000))
    with Experiment(workspace, "registering").start_logging() as run:
        run.upload_file("outputs/model.bin", "model.bin")
        first = run.register_model("once", "outputs/model.bin")
        second = Model.register(workspace, "model.bin", "once")
    assert (first.version, first.run_id, second.version, second.run_id) == (1, run.id, 2, None)
    for model in (first, second):
        kept = Path(model.download(str(tmp_path / str(model.version))))
        assert kept.read_bytes() == (tmp_path / "model.bin").read_bytes()
    until(lambda: len(Model.list(workspace, "once")) == 2)
    second.add_tags({"stage": "old"})
    second.delete()
    until(lambda: [each.version for each in Model.list(workspace, "once")] == [1])
    assert Model(workspace, "once").version == 1
    assert network.count("lose answer", "POST") >= 2
    assert network.count("drop request") == 2
    assert network.count("cut answer") == 2


def test_names_are_registered_once(network: BadNetwork, workspace: Workspace) -> None:
    network.plan = every(2, "lose answer", "POST")
    environment = Environment("once")
    environment.environment_variables["MINE"] = "1"
    assert environment.register(workspace).version == "1"
    environment.environment_variables["MINE"] = "2"
    assert environment.register(workspace).version == "2"
    digits = Dataset.File.from_files("https://example.org/digits.csv").register(workspace, "once")
    assert digits.version == 1
    again = Dataset.File.from_files("https://example.org/more.csv").register(
        workspace, "once", create_new_version=True)
    assert again.version == 2
    assert network.count("lose answer") >= 4


def test_a_cluster_is_made_and_deleted_again_and_again(world: Intercepted, network: BadNetwork,
                                                       workspace: Workspace) -> None:
    network.plan = every(2, "lose answer", "POST|DELETE")
    wanted = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=2)
    for _ in range(2):
        ComputeTarget.create(workspace, "again", wanted)
    target = ComputeTarget.create(workspace, "again", wanted)
    target.wait_for_completion()
    target.delete()
    target.delete()
    target.wait_for_completion(is_delete_operation=True)
    with pytest.raises(ComputeTargetException, match="ComputeTargetNotFound"):
        target.refresh_state()
    target.delete()
    ComputeTarget.create(workspace, "again", wanted).wait_for_completion()
    assert ComputeTarget(workspace, "again").provisioning_state == "Succeeded"
    assert network.count("lose answer") >= 6
    commits = world.documents("events", "c.stream = 'compute-again'")
    said = json.dumps(commits)
    assert [said.count(f'"compute.{each}"') for each in ("created", "deletion_requested", "deleted")] == [2, 1, 1]
