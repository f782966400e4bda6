"""What an earlier attempt left is offered to the next one, and to nobody else."""

import json
from typing import Any

import pytest

from shared.application import earlier, runs
from shared.application.task import prepare
from shared.domain.definition import Distribution, Input, RunDefinition
from shared.domain.errors import Invalid
from shared.domain.run_commands import RecordLost
from shared.domain.value import Reason
from tests.unit.application.deployment import CAUSE, RUN, Deployment

GONE = Reason(code="NodeLost", message="Preempted.")


def lost(world: Deployment, attempt: int, *files: str) -> None:
    """The attempt stores files and loses its node; the next one waits on Batch."""
    for name in files:
        world.blobs.put("runs", f"{RUN}/{attempt}/outputs/{name}", name.encode())
    world.blobs.put("runs", f"{RUN}/{attempt}/logs/x.log", b"no output")
    runs.command(world.backend, RUN, RecordLost(attempt, GONE), CAUSE)
    world.react()
    assert (world.run.phase, world.run.attempt) == ("Queued", attempt + 1)


def inputs(world: Deployment, attempt: int) -> dict[str, Any]:
    body = world.blobs.read("runs", f"{RUN}/{attempt}/task.json")
    assert body
    return dict(json.loads(body)["inputs"])


def test_the_first_attempt_is_offered_nothing() -> None:
    world = Deployment().queued()
    assert inputs(world, 1) == {}
    assert earlier.page(world.backend, RUN, 1, 10, None).value == []


def test_the_next_attempt_finds_them_where_they_were() -> None:
    world = Deployment().queued()
    lost(world, 1, "model/a.pt", "b.pt")
    assert inputs(world, 2)[earlier.NAME] == {
        "dataset": None, "path": None, "mode": "download", "path_on_compute": "outputs"}
    page = earlier.page(world.backend, RUN, 2, 10, None)
    assert [(file.path, file.size) for file in page.value] == [("b.pt", 4), ("model/a.pt", 10)]
    assert (page.next, page.is_file) == (None, False)
    assert all(f"{RUN}/1/outputs/" in file.url for file in page.value)


def test_an_attempt_that_wrote_nothing_hides_none() -> None:
    world = Deployment().queued()
    lost(world, 1, "a.pt")
    lost(world, 2)
    assert [file.path for file in earlier.page(world.backend, RUN, 3, 10, None).value] == ["a.pt"]


def test_pages_follow_each_other_whatever_is_stored_meanwhile() -> None:
    world = Deployment().queued()
    lost(world, 1, *(f"{number:02d}" for number in range(5)))
    found, cursor = [], None
    while True:
        page = earlier.page(world.backend, RUN, 2, 2, cursor)
        found += [file.path for file in page.value]
        if (cursor := page.next) is None:
            break
    assert found == ["00", "01", "02", "03", "04"]


@pytest.mark.parametrize("cursor", ["2|x", "0|x", "-1|", "x|", "1|\x00", "1|" + "y" * 3000])
def test_a_cursor_that_no_page_gave_is_refused(cursor: str) -> None:
    world = Deployment().queued()
    lost(world, 1, "a.pt")
    with pytest.raises(Invalid, match="cursor"):
        earlier.page(world.backend, RUN, 2, 2, cursor)


def test_of_several_nodes_they_lie_apart_and_data_of_the_users_own_comes_first() -> None:
    world = Deployment().queued()
    lost(world, 1, "a.pt")
    definition = world.run.definition
    assert definition
    spread = definition.model_copy(update={"distribution": Distribution(kind="mpi", nodes=2, processes=2)})
    named = definition.model_copy(update={"inputs": {earlier.NAME: Input(dataset="x", mode="direct")}})
    for changed, place in ((definition, ["outputs"]), (spread, [None]), (named, [])):
        assert [each.path_on_compute for each in offer(world, changed)] == place


def offer(world: Deployment, definition: RunDefinition) -> list[Input]:
    return list(earlier.offered(world.backend, RUN, 2, definition).values())


def test_preparing_twice_offers_the_same() -> None:
    world = Deployment().queued()
    lost(world, 1, "a.pt")
    before = inputs(world, 2)
    world.blobs.put("runs", f"{RUN}/1/outputs/late.pt", b"late")
    prepare(world.backend, world.run)
    assert inputs(world, 2) == before


def test_what_the_node_stored_while_the_script_ran_is_offered_but_for_what_was_removed_since() -> None:
    world = Deployment().queued()
    for name, body in {"checkpoints/a.pt": b"new", "checkpoints/removed.pt": b"old", "checkpoints/node-1/b.pt": b"b",
                       "outputs/c.pt": b"c", "checkpoints/l.jsonl": b'{"path": "checkpoints/removed.pt"}'}.items():
        world.blobs.put("runs", f"{RUN}/1/{name}", body)
    lists = {"checkpoints.jsonl": b'{"path": "checkpoints/a.pt", "size": 3}\n[]\n{"x"\n{"path": "outputs/c.pt"}\n',
             "checkpoints-node-1.jsonl": b'{"path": "checkpoints/node-1/b.pt", "size": 1}\n'}
    for name, body in lists.items():
        world.blobs.put("runs", f"{RUN}/1/{name}", body)
    lost(world, 1)
    assert earlier.NAME in inputs(world, 2)
    found = earlier.page(world.backend, RUN, 2, 10, None).value
    assert [(file.path, file.size) for file in found] == [("a.pt", 3), ("c.pt", 1), ("node-1/b.pt", 1)]


@pytest.mark.parametrize("order", [("outputs", "checkpoints"), ("checkpoints", "outputs")])
def test_of_an_output_and_a_checkpoint_the_later_one_counts(order: tuple[str, str]) -> None:
    world = Deployment().queued()
    world.blobs.put("runs", f"{RUN}/1/checkpoints.jsonl", b'{"path": "checkpoints/a.pt"}')
    for folder in order:
        world.blobs.put("runs", f"{RUN}/1/{folder}/a.pt", folder.encode())
    lost(world, 1)
    (file,) = earlier.page(world.backend, RUN, 2, 10, None).value
    assert f"/{order[1]}/a.pt" in file.url
