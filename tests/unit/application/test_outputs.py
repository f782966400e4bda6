"""Outputs of runs as they are submitted: who may write where."""

from datetime import timedelta
from typing import Any

import pytest

from shared.application import destinations, outputs, runs
from shared.application.backend import Contention
from shared.application.ports import VersionConflict, View
from shared.application.project import KINDS, project, rebuild
from shared.contract.submission import OutputRequest
from shared.domain.errors import Fenced, Invalid, NotFound, Rejected
from shared.domain.run_commands import RequestCancel
from tests.unit.application.deployment import CAUSE, RUN, Deployment
from tests.unit.application.registering import registered
from tests.unit.application.writing_runs import MODEL, STORE, running, submit


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


@pytest.mark.parametrize("more", [{"tags": {str(number): "" for number in range(51)}},
                                  {"properties": {"a" * 101: ""}}])
def test_a_submission_that_is_refused_is_in_nobodys_way(world: Deployment, more: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        submit(world, "first", **more)
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


@pytest.mark.parametrize("path", ["dataset", "Dataset/FIRST", "dataset/first/model", "dataset/first/model/deep"])
def test_a_path_of_the_runs_own_is_its_alone(world: Deployment, path: str) -> None:
    submit(world, "first", {"model": {}})
    wanted = {"model": {"path": {"datastore": STORE, "path": path}}}
    with pytest.raises(Rejected, match="Run 'first' writes to 'dataset/first/model'"):
        submit(world, "second", wanted)
    submit(world, "third", {"model": {}, "more": {"path": {"datastore": STORE, "path": "free"}}})
    for run_id in ("first", "third"):
        end(world, run_id)
    project(world.backend, world.commits)
    submit(world, "second", wanted)


def test_a_folder_above_the_runs_own_is_one_runs_alone(world: Deployment) -> None:
    above = {"path": {"datastore": STORE, "path": "dataset"}}
    submit(world, "first", {"model": above})
    with pytest.raises(Rejected, match="Run 'first' writes to 'dataset'"):
        submit(world, "second", {"model": {}})
    end(world, "first")
    submit(world, "third", {"model": above})


@pytest.mark.parametrize("is_written", [False, True])
@pytest.mark.parametrize("own_comes_first", [False, True])
def test_of_two_at_once_no_two_get_one_place(world: Deployment, monkeypatch: pytest.MonkeyPatch, is_written: bool,
                                             own_comes_first: bool) -> None:
    """One claims what is its own, the other the folder above; one has written its claim, or is about to."""
    put, ids = world.views.put, ["own", "above"]
    wanted: dict[str, dict[str, Any]] = {
        "own": {"model": {}}, "above": {"model": {"path": {"datastore": STORE, "path": "dataset"}}}}
    outer, *racing = ids if own_comes_first else ids[::-1]
    refused: list[str] = []

    def tried(run_id: str) -> None:
        try:
            submit(world, run_id, wanted[run_id])
        except Rejected:
            refused.append(run_id)

    def slow(view: View) -> None:
        is_first = view.kind == destinations.KIND and bool(racing)
        if is_first and not is_written:
            tried(racing.pop())
        put(view)
        if is_first and is_written:
            tried(racing.pop())

    monkeypatch.setattr(world.views, "put", slow)
    tried(outer)
    assert refused
    assert not racing


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


def test_one_path_in_two_containers_is_two_places(world: Deployment) -> None:
    for name, place in (("elsewhere", "pictures"), ("same", "data")):
        registered(world, name=name, account="memory", container=place)
    two = {"a": MODEL, "b": {"path": {"datastore": "elsewhere", "path": "models"}}}
    submit(world, "first", two)
    with pytest.raises(Invalid, match="'a' and 'b' go to one place"):
        submit(world, "second", {"a": {"path": {"datastore": STORE, "path": "m"}},
                                 "b": {"path": {"datastore": "same", "path": "m/b"}}})


def test_data_references_keep_to_the_table(world: Deployment) -> None:
    given = {"data": {"path": {"datastore": STORE, "path": "x"}}}
    with pytest.raises(Invalid, match=r"Input 'data' cannot be had: .* does not work by mount on the caller's own"):
        submit(world, "first", {}, inputs=given, compute_target="local")
    submit(world, "first", {}, inputs=given)


def test_an_interactive_run_has_no_outputs(world: Deployment) -> None:
    with pytest.raises(Invalid, match="interactive"):
        submit(world, "first", snapshot_id=None, script=None, compute_target="local")


def test_urls_are_below_the_outputs_own_path(world: Deployment) -> None:
    root = {"path": {"datastore": STORE}, "mode": "upload", "prepared": False, "path_on_compute": "./made/bar.pkl"}
    running(world, {"model": MODEL, "plots": {}, "root": root})
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
    given = outputs.uploads(world.backend, "first", 1, "root", ["bar.pkl", "bar.pkl/x"])
    assert "/data/bar.pkl?" in given.urls["bar.pkl"]
    for path in ("other", "bar.pkl.more", "x/bar.pkl"):
        with pytest.raises(Invalid, match=r"is not 'bar\.pkl', which is all"):
            outputs.uploads(world.backend, "first", 1, "root", [path])
    for run, attempt in (("first", 2), ("first", 0), (RUN, 1), ("nobody", 1)):
        with pytest.raises(Fenced):
            outputs.uploads(world.backend, run, attempt, "model", ["a"])
