"""Inputs that are downloaded, by wish or because the node cannot mount: what has room and is what it was."""

import os
from collections.abc import Callable, Iterator

import pytest

from tests.integration.mount.storage import Storage, serving
from tests.integration.runner.mounted import ARGUMENT, SHOW, digits, failure, offered, shown
from tests.integration.runner.node import Node

MakeNode = Callable[..., Node]


@pytest.fixture
def storage() -> Iterator[Storage]:
    with serving() as storage:
        storage.put("a", b"1")
        yield storage


def test_a_node_that_cannot_mount_downloads_and_says_so(make: MakeNode, storage: Storage) -> None:
    node = make(path=os.environ["PATH"], RUNSPOOR_FUSE="off")
    offered(node, storage)
    assert shown(node) == {"path": str(node.home / "runspoor_inputs/digits"), "is_mount": False, "a": "1",
                           "names": ["a"]}
    said = node.text("system_logs/runner.log")
    assert "input digits: asked for as a mount; this node delivers it as a download: RUNSPOOR_FUSE is off" in said


@pytest.mark.parametrize("mode", ["mount", "download"])
def test_what_has_no_room_is_refused_before_the_first_byte(make: MakeNode, storage: Storage, mode: str) -> None:
    node = make(path=os.environ["PATH"], RUNSPOOR_FUSE="off")
    input = offered(node, storage)
    input.files[0]["size"] = 10**18
    reason = failure(node, mode)
    assert reason["code"] == "InputTooLarge"
    assert f"it has {10**18:,} bytes, and at {node.home}" in reason["message"]
    advice = "use nodes that can" if mode == "mount" else "Mount it instead of downloading it (as_mount())"
    assert advice in reason["message"]
    assert storage.asked == []


def test_two_inputs_that_have_room_one_by_one_only(make: MakeNode, storage: Storage) -> None:
    node = make(path=os.environ["PATH"])
    input = offered(node, storage)
    free = os.statvfs(node.home.parent).f_bavail * os.statvfs(node.home.parent).f_frsize
    input.files = [{**input.files[0], "size": int(free * 0.7), "url": f"{storage.url}/files/a?other"}]
    node.service.inputs["more"] = input
    [wanted] = digits(mode="download").values()
    completed = node.run({"train.py": SHOW}, inputs={"digits": wanted, "more": wanted})
    assert completed["reason"]["code"] in ("InputTooLarge", "InputNotAvailable")
    assert "is too large for the node's disk" in node.text("system_logs/runner.log")


@pytest.mark.parametrize("conditions", [True, False])
def test_a_changed_file_is_not_downloaded(node: Node, storage: Storage, conditions: bool) -> None:
    offered(node, storage)
    storage.knows_conditions = conditions
    storage.put("a", b"2", '"2"')
    reason = failure(node, "download")
    assert reason == {"code": "InputChanged", "message": (
        "Input 'digits' has changed: its file 'a' is not the one its dataset was registered with. Put it back, or "
        "register the dataset as it is now, as a new version.")}


@pytest.mark.parametrize(("patience", "outcome"), [("30", "succeeded"), ("1", "failed")])
def test_storage_that_is_busy_while_it_is_downloaded(make: MakeNode, storage: Storage, patience: str,
                                                     outcome: str) -> None:
    """A minute against two, in small."""
    node = make(path=os.environ["PATH"], RUNSPOOR_STORAGE_PATIENCE_SECONDS=patience)
    offered(node, storage)
    storage.status = 503
    node.submit({"train.py": SHOW}, arguments=(ARGUMENT,), inputs=digits(mode="download"))
    node.start()
    node.until(lambda: len(storage.asked) > 3)
    if outcome == "succeeded":
        storage.status = 0
    assert node.wait() == 0
    assert node.completed["outcome"] == outcome
    if outcome == "failed":
        assert "the server answered HTTP 503" in node.completed["reason"]["message"]
