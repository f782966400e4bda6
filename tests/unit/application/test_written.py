"""What became of what runs wrote, whatever happens in between."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from shared.adapters.memory import MemoryEvents
from shared.application import compute_targets, datasets, datastores, runs, written
from shared.application.backend import Backend
from shared.application.data_ports import DatastoreFiles, StorageTrouble
from shared.application.ports import Commit
from shared.contract.datasets import DatasetRequest
from shared.contract.requests import ComputeTargetRequest
from shared.domain.errors import NotFound
from shared.domain.run_commands import RequestCancel
from shared.domain.value import Value
from tests.unit.application.deployment import CAUSE, Deployment
from tests.unit.application.writing_runs import FILES, MODEL, REGISTERED, STORE, completed, running, say, submit, write


@pytest.fixture
def world() -> Deployment:
    return Deployment().submitted()


def names(world: Deployment, id: str) -> list[str]:
    return [file.path for file in datasets.files(world.backend, id, 10, None, check=True).value]


def test_a_completed_run_has_a_dataset_of_its_own_files(world: Deployment) -> None:
    world.blobs.put("data", "models/old.pkl", b"of somebody before")
    running(world, REGISTERED)
    write(world, FILES)
    say(world, "completed", completed())
    world.react_to("first")
    (stored,) = runs.response(runs.find(world.backend, "first")).outputs
    assert (stored.files, stored.bytes, stored.complete, stored.others) == (2, 5, True, 1)
    assert (stored.registered_as, stored.version) == ("nets", 1)
    assert names(world, stored.dataset or "") == ["deep/a.png", "net.pkl"]
    found = datasets.find(world.backend, "nets", None)
    assert (found.id, found.tags) == (stored.dataset, {"stage": "test"})


def test_what_several_nodes_wrote_is_one_dataset(world: Deployment) -> None:
    pair = ComputeTargetRequest(name="pair", vm_size="standard_d2s_v3", max_nodes=2)
    compute_targets.create(world.backend, pair, CAUSE)
    submit(world, "first", REGISTERED, compute_target="pair", distribution={"kind": "mpi", "nodes": 2})
    world.react_to("first")
    say(world, "started", {"node": "n0", "nodes": ["n0", "n1"]})
    write(world, {"net.pkl": "net"})
    write(world, {"deep/a.png": "42"}, "model-node-1")
    say(world, "completed", completed())
    world.react_to("first")
    run = runs.response(runs.find(world.backend, "first"))
    assert (run.status, run.outputs[0].files, run.outputs[0].complete) == ("Completed", 2, True)
    assert names(world, run.outputs[0].dataset or "") == ["deep/a.png", "net.pkl"]


@pytest.mark.parametrize(("outcome", "failed", "status"), [
    ("failed", 0, "Failed"), ("canceled", 0, "Canceled"), ("succeeded", 1, "Completed")])
def test_what_is_not_whole_is_kept_and_marked(world: Deployment, outcome: str, failed: int, status: str) -> None:
    running(world, REGISTERED)
    if outcome == "canceled":
        runs.command(world.backend, "first", RequestCancel("caller"), CAUSE)
    write(world, FILES)
    say(world, "completed", completed(outcome, failed=failed))
    world.react_to("first")
    run = runs.response(runs.find(world.backend, "first"))
    (stored,) = run.outputs
    assert (run.status, stored.files, stored.complete, stored.registered_as) == (status, 2, False, None)
    assert names(world, stored.dataset or "") == ["deep/a.png", "net.pkl"]
    with pytest.raises(NotFound):
        datasets.find(world.backend, "nets", None)


def test_a_lost_run_keeps_what_its_last_attempt_had_written(world: Deployment) -> None:
    running(world, {**REGISTERED, "plots": {"mode": "upload"}})
    write(world, {"net.pkl": "first try"})
    for attempt in (1, 2, 3):
        say(world, "lost", {"attempt": attempt, "reason": {"code": "NodeLost", "message": "-"}}, attempt=attempt)
        if attempt < 3:
            world.react_to("first")
    write(world, {"part.pkl": "third"}, attempt=3)
    world.react_to("first")
    run = runs.response(runs.find(world.backend, "first"))
    model, plots = run.outputs
    assert run.status == "Failed"
    assert (names(world, model.dataset or ""), model.complete, model.others) == (["part.pkl"], False, 1)
    assert (plots.dataset, plots.files) == (None, 0)
    assert [type(event).__name__ for commit in world.events.read("run-first") for event in commit.events][-1] == \
        "OutputStored"
    world.react_to("first")
    assert runs.response(runs.find(world.backend, "first")) == run


def test_a_second_attempt_has_its_own_files(world: Deployment) -> None:
    running(world, {"model": MODEL})
    write(world, {"only_first.pkl": "1", "both.pkl": "1"})
    say(world, "lost", {"attempt": 1, "reason": {"code": "NodeLost", "message": "-"}})
    world.react_to("first")
    write(world, {"both.pkl": "22"}, attempt=2)
    say(world, "completed", {**completed(files=1), "attempt": 2}, attempt=2)
    world.react_to("first")
    (stored,) = runs.response(runs.find(world.backend, "first")).outputs
    assert (names(world, stored.dataset or ""), stored.others, stored.complete) == (["both.pkl"], 1, True)


def test_a_list_that_did_not_arrive_fails_the_run(world: Deployment) -> None:
    running(world, {"model": MODEL})
    write(world, FILES)
    say(world, "completed", completed(files=3))
    world.react_to("first")
    run = runs.response(runs.find(world.backend, "first"))
    assert run.reason
    assert (run.reason.code, run.outputs[0].complete, run.outputs[0].files) == ("OutputsNotUploaded", False, 2)


def test_a_list_that_no_instance_has_memory_for_is_not_read(world: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    running(world, REGISTERED)
    write(world, FILES)
    monkeypatch.setattr(written, "LARGEST_LIST", 100)
    say(world, "completed", completed())
    world.react_to("first")
    run = runs.response(runs.find(world.backend, "first"))
    assert (run.status, run.reason and run.reason.code) == ("Failed", "OutputsNotUploaded")
    assert "write fewer and larger files" in str(run.reason)
    assert [(each.files, each.dataset) for each in run.outputs] == [(0, None)]


def test_what_the_node_did_not_know_storage_says(world: Deployment) -> None:
    running(world, {"model": MODEL})
    write(world, FILES)
    lines = [{"path": path, "size": len(text), "etag": None} for path, text in FILES.items()]
    world.blobs.put("runs", "first/1/written/model.jsonl", "\n".join(map(json.dumps, lines)).encode(), overwrite=True)
    say(world, "completed", completed())
    world.react_to("first")
    (stored,) = runs.response(runs.find(world.backend, "first")).outputs
    assert names(world, stored.dataset or "") == ["deep/a.png", "net.pkl"]


def test_a_datastore_that_is_gone_keeps_no_run_from_its_end(world: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    running(world, REGISTERED)
    write(world, FILES)
    say(world, "completed", completed())

    def gone(backend: Backend, name: str) -> DatastoreFiles:
        raise StorageTrouble("it does not answer")

    monkeypatch.setattr(datastores, "opened", gone)
    world.react_to("first")
    (stored,) = runs.response(runs.find(world.backend, "first")).outputs
    assert (stored.files, stored.complete, stored.others, stored.version) == (2, True, 0, 1)


def test_a_list_by_a_script_names_nothing_outside(world: Deployment) -> None:
    world.blobs.put("data", "secret/key", b"x")
    running(world, {"model": MODEL})
    outside = ("../secret/key", "/secret/key", "", "a/../../secret/key")
    lines: list[dict[str, Any]] = [{"path": path, "size": 1} for path in outside]
    etags = ("0x1", '"a"\r\nX-Header: b', '"a"\n', '"ä"', '"' + "a" * 200 + '"')
    lines += [{"path": "a", "size": 1, "etag": etag} for etag in etags]
    body = "\n".join([*map(json.dumps, lines), "no json", '{"path": 3}', '{"path": "a", "size": 1e300}'])
    world.blobs.put("runs", "first/1/written/model.jsonl", body.encode())
    say(world, "completed", completed(files=0))
    world.react_to("first")
    (stored,) = runs.response(runs.find(world.backend, "first")).outputs
    assert (stored.files, stored.dataset) == (0, None)


class Killed(Exception):
    """The process ends here."""


def events(world: Deployment) -> list[tuple[str, list[Value]]]:
    return [(commit.stream, list(commit.events)) for commit in world.commits]


def prepared() -> Deployment:
    world = Deployment().submitted()
    running(world, REGISTERED)
    write(world, FILES)
    say(world, "completed", completed())
    return world


def dying(nth: int, calls: list[int], real: Callable[..., Any], *, before: bool) -> Callable[..., Any]:
    def act(*arguments: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) == nth and before:
            raise Killed
        result = real(*arguments, **more)
        if len(calls) == nth:
            raise Killed
        return result
    return act


@pytest.mark.parametrize("before", [True, False])
def test_killed_between_any_two_writes_of_the_end(before: bool) -> None:
    """Each time one write later: what is there after another reaction is always the same."""
    whole = prepared()
    whole.react_to("first")
    for nth in range(1, 50):
        world, calls = prepared(), list[int]()
        appends, puts = world.events.append, world.blobs.put
        world.events.append = dying(nth, calls, appends, before=before)  # type: ignore[method-assign]
        world.blobs.put = dying(nth, calls, puts, before=before)  # type: ignore[method-assign]
        try:
            world.react_to("first")
        except Killed:
            world.events.append, world.blobs.put = appends, puts  # type: ignore[method-assign]
            world.react_to("first")
            world.react_to("first")
            assert events(world) == events(whole)
            continue
        assert nth > 5
        return


def test_a_version_registered_meanwhile_is_not_made_twice() -> None:
    """Another registration comes between ours and the end of the run, whose reaction is then delivered again."""
    world = prepared()
    real = world.events.append

    def stop_at_the_end(commit: Commit) -> None:
        if commit.stream == "run-first":
            raise Killed
        real(commit)

    world.events.append = stop_at_the_end  # type: ignore[method-assign]
    with pytest.raises(Killed):
        world.react_to("first")
    world.events.append = real  # type: ignore[method-assign]
    submit(world, "second", {"model": {"register_as": {"name": "nets"}}})
    assert isinstance(world.events, MemoryEvents)
    other = datasets.create(world.backend, DatasetRequest.model_validate({
        "name": "nets", "kind": "file", "create_new_version": True,
        "sources": [{"datastore": STORE, "path": "models/net.pkl"}]}), CAUSE)[0]
    assert other.version == 2
    world.react_to("first")
    (stored,) = runs.response(runs.find(world.backend, "first")).outputs
    assert stored.version == 1
    assert datasets.find(world.backend, "nets", None).version == 2


@pytest.mark.parametrize(("glob", "found"), [
    (None, ["a.csv", "deep/b.csv", "deep/c.txt"]), ("*.csv", ["a.csv", "deep/b.csv"]), ("/deep/*.csv", ["deep/b.csv"]),
    ("*.tsv", None)])
def test_an_output_may_become_a_table(world: Deployment, glob: str | None, found: list[str] | None) -> None:
    table = {"reading": {"format": "delimited", "infer_column_types": False}, "glob": glob,
             "steps": [{"kind": "drop_columns", "columns": ["x"]}]}
    running(world, {"model": {**REGISTERED["model"], "table": table}})
    write(world, {"a.csv": "a", "deep/b.csv": "b", "deep/c.txt": "c"})
    say(world, "completed", completed(files=3))
    world.react_to("first")
    (stored,) = runs.response(runs.find(world.backend, "first")).outputs
    assert (stored.files, stored.complete) == (3, True)
    if found is None:
        assert stored.dataset is None
        return
    assert names(world, stored.dataset or "") == found
    made = datasets.find(world.backend, "nets", None)
    assert (made.id, made.kind, [step.columns for step in made.steps]) == (stored.dataset, "tabular", [["x"]])
    assert made.reading
    assert (made.reading["format"], made.reading["infer_column_types"]) == ("delimited", False)
