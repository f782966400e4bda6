"""Outputs of runs: who may write where, and what becomes of what was written, whatever happens in between."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.adapters.memory import MemoryEvents
from shared.application import datasets, datastores, destinations, outputs, runs
from shared.application.backend import Contention
from shared.application.ports import Commit, VersionConflict, View
from shared.application.project import KINDS, project, rebuild
from shared.application.signals import record
from shared.contract.submission import OutputRequest, SubmitRunRequest
from shared.domain.errors import Fenced, Invalid, NotFound, Rejected
from shared.domain.run_commands import RequestCancel
from shared.domain.value import Value
from tests.unit.application.deployment import CAUSE, RUN, Deployment

STORE = "workspaceblobstore"
MODEL: dict[str, Any] = {"path": {"datastore": STORE, "path": "models"}}


def submit(world: Deployment, run_id: str, where: dict[str, Any] | None = None, **more: Any) -> runs.RunResponse:
    definition = runs.find(world.backend, RUN).definition
    assert definition
    assert definition.snapshot
    return runs.submit(world.backend, SubmitRunRequest.model_validate({
        "experiment": "tests", "snapshot_id": definition.snapshot.id, "compute_target": "cpu", "script": "train.py",
        "run_id": run_id, "outputs": where or {"model": MODEL}, **more}), CAUSE, None)[0]


@pytest.fixture
def world() -> Deployment:
    return Deployment().submitted()


def end(world: Deployment, run_id: str) -> None:
    runs.command(world.backend, run_id, RequestCancel("caller"), CAUSE)
    assert runs.find(world.backend, run_id).ended


@pytest.mark.parametrize("path", ["models", "models/deep", "MODELS"])
def test_a_destination_has_one_run_at_a_time(world: Deployment, path: str) -> None:
    submit(world, "first")
    wanted = {"model": {"path": {"datastore": STORE.upper() if path == "models" else STORE, "path": path}}}
    with pytest.raises(Rejected, match="Run 'first' writes to 'models'"):
        submit(world, "second", wanted)
    assert world.events.read("run-second") == []
    end(world, "first")
    submit(world, "second", wanted)
    project(world.backend, world.commits)
    with pytest.raises(Rejected, match="Run 'second' writes"):
        submit(world, "third")


def test_the_same_run_may_be_submitted_again(world: Deployment) -> None:
    first = submit(world, "first")
    assert submit(world, "first") == first


def test_a_submission_that_died_is_in_the_way_for_a_while(world: Deployment) -> None:
    asked = outputs.asked(world.backend, {"model": OutputRequest.model_validate(MODEL)}, "dead", None)
    destinations.claim(world.backend, "dead", asked)
    with pytest.raises(Rejected, match="'dead'"):
        submit(world, "second")
    world.now += destinations.SUBMITTED_WITHIN
    submit(world, "second")


def test_one_of_two_that_are_refused_claims_nothing(world: Deployment) -> None:
    submit(world, "first")
    free = {"path": {"datastore": STORE, "path": "free"}}
    with pytest.raises(Rejected):
        submit(world, "second", {"a": free, "b": MODEL})
    submit(world, "third", {"a": free})


def test_of_two_submissions_at_once_one_wins(world: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one has read the claims, and is about to write its own."""
    put, racing = world.views.put, ["second"]

    def late(view: View) -> None:
        if view.kind == destinations.KIND and racing:
            submit(world, racing.pop())
        put(view)

    monkeypatch.setattr(world.views, "put", late)
    with pytest.raises(Rejected, match="Run 'second' writes"):
        submit(world, "first")
    assert runs.find(world.backend, "second")


def test_claims_under_a_storm_are_refused_for_now(world: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    def conflict(view: View) -> None:
        raise VersionConflict

    monkeypatch.setattr(destinations, "AGAIN", lambda work, *arguments: work(*arguments))
    monkeypatch.setattr(world.views, "put", conflict)
    with pytest.raises(Contention):
        submit(world, "first")


def test_claims_are_made_again_from_events(world: Deployment) -> None:
    submit(world, "first")
    submit(world, "second", {"model": {}})
    end(world, "second")
    project(world.backend, world.commits)
    before = world.views.page(destinations.KIND, {}, 10, None)
    rebuild(world.backend)
    assert [view.body for view in world.views.page(destinations.KIND, {}, 10, None)] == [view.body for view in before]
    assert [claim["run"] for claim in before[0].body["claims"]] == ["first"]  # type: ignore[attr-defined]
    assert destinations.KIND in KINDS


def test_paths_are_filled_in_once(world: Deployment) -> None:
    said = submit(world, "first", {"model": {}, "plots": {"path": {"datastore": STORE, "path": "./p/{run-id}/"}}})
    assert [(each.datastore, each.path) for each in said.outputs] == [
        (STORE, "dataset/first/model"), (STORE, "p/first")]


@pytest.mark.parametrize(("wanted", "said"), [
    ({"model": {"path": {"datastore": "other", "path": "x"}}}, "There is no datastore 'other'"),
    ({"model": {"path": {"datastore": STORE, "path": "../x"}}}, "not a usable path"),
    ({"model": {"path": {"datastore": STORE}}}, "the whole datastore"),
    ({"model": {"path_on_compute": "../x"}}, "not a usable path"),
    ({"model": {"register_as": {"name": "/"}}}, "cannot be the dataset name"),
    ({"a": MODEL, "b": {"path": {"datastore": STORE, "path": "models/b"}}}, "'a' and 'b' go to one place"),
    ({"a": {"path_on_compute": "./x/"}, "b": {"path_on_compute": "x/y"}}, "'a' and 'b' share a place on the node"),
    ({"a": {"path_on_compute": "."}}, "The input 'data' lies in the folder of output 'a'"),
])
def test_what_cannot_be_written_is_refused(world: Deployment, wanted: dict[str, Any], said: str) -> None:
    given = {"data": {"path": {"datastore": STORE, "path": "x"}, "path_on_compute": "data"}} if "a" in wanted else {}
    with pytest.raises(Invalid, match=said):
        submit(world, "first", wanted, inputs=given)


def test_data_references_keep_to_the_table(world: Deployment) -> None:
    given = {"data": {"path": {"datastore": STORE, "path": "x"}}}
    with pytest.raises(Invalid, match=r"Input 'data' cannot be had: .* does not work by mount on the caller's own"):
        submit(world, "first", {}, inputs=given, compute_target="local")
    submit(world, "first", {}, inputs=given)


def test_an_interactive_run_has_no_outputs(world: Deployment) -> None:
    with pytest.raises(Invalid, match="interactive"):
        submit(world, "first", snapshot_id=None, script=None, compute_target="local")


def running(world: Deployment, outputs: dict[str, Any], run_id: str = "first") -> None:
    submit(world, run_id, outputs)
    world.react_to(run_id)
    for signal in ("started", "running"):
        say(world, signal, {"attempt": 1, "node": "n1", "pid": 7}, run_id)


def say(world: Deployment, signal: str, said: dict[str, Any], run_id: str = "first", attempt: int = 1) -> None:
    record(world.backend, run_id, attempt, signal, json.dumps(said).encode(), CAUSE)


def write(world: Deployment, files: dict[str, str], name: str = "model", attempt: int = 1) -> None:
    """What the node does: the files, and their list."""
    for path, text in files.items():
        world.blobs.put("data", f"models/{path}", text.encode(), overwrite=True)
    store = datastores.opened(world.backend, STORE)
    found = {path: store.look(f"models/{path}") for path in files}
    lines = [json.dumps({"path": path, "size": each.size, "etag": each.etag}) for path, each in found.items() if each]
    world.blobs.put("runs", f"first/{attempt}/written/{name}.jsonl", "\n".join(lines).encode(), overwrite=True)


def completed(outcome: str = "succeeded", files: int = 2, failed: int = 0) -> dict[str, Any]:
    reason = None if outcome == "succeeded" else {"code": "ScriptFailed", "message": "-"}
    return {"attempt": 1, "outcome": outcome, "reason": reason, "written": [
        {"name": "model", "files": files, "bytes": 5, "failed": [{"path": "x", "message": "-"}] * failed}]}


REGISTERED = {"model": {**MODEL, "register_as": {"name": "nets", "tags": {"stage": "test"}}}}
FILES = {"net.pkl": "net", "deep/a.png": "42"}


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


def test_a_list_by_a_script_names_nothing_outside(world: Deployment) -> None:
    world.blobs.put("data", "secret/key", b"x")
    running(world, {"model": MODEL})
    lines = [{"path": path, "size": 1} for path in ("../secret/key", "/secret/key", "", "a/../../secret/key")]
    body = "\n".join([*map(json.dumps, lines), "no json", '{"path": 3}'])
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
    other = datasets.create(world.backend, datasets.DatasetRequest.model_validate({
        "name": "nets", "kind": "file", "create_new_version": True,
        "sources": [{"datastore": STORE, "path": "models/net.pkl"}]}), CAUSE)[0]
    assert other.version == 2
    world.react_to("first")
    (stored,) = runs.response(runs.find(world.backend, "first")).outputs
    assert stored.version == 1
    assert datasets.find(world.backend, "nets", None).version == 2


def test_urls_are_below_the_outputs_own_path(world: Deployment) -> None:
    running(world, {"model": MODEL, "plots": {}})
    given = outputs.uploads(world.backend, "first", 1, "model", ["a", "deep/b"])
    assert given.kind == "blob"
    assert given.expires_at == world.now + timedelta(minutes=30)
    assert {path: url.partition("?")[0].rpartition("/data/")[2] for path, url in given.urls.items()} == {
        "a": "models/a", "deep/b": "models/deep/b"}
    for path in ("../plots/x", "/x", "a/../../x", ".", "..", "", "a\\b", "a//b"):
        with pytest.raises(Invalid):
            outputs.uploads(world.backend, "first", 1, "model", [path])
    with pytest.raises(NotFound):
        outputs.uploads(world.backend, "first", 1, "other", ["a"])
    for run, attempt in (("first", 2), ("first", 0), (RUN, 1), ("nobody", 1)):
        with pytest.raises(Fenced):
            outputs.uploads(world.backend, run, attempt, "model", ["a"])
