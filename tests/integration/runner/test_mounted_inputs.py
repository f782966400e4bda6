"""Inputs that are mounted, where the node can: what the script sees, what is fetched, and that nothing is left."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from runspoor.mount import device

from tests.integration.mount.storage import Sparse, Storage, serving
from tests.integration.runner.mounted import ARGUMENT, SHOW, digits, failure, offered, shown
from tests.integration.runner.node import Node

WAIT = """
    import signal, sys, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print(open(sys.argv[1] + "/a").read(), flush=True)
    time.sleep(60)
"""
MakeNode = Callable[..., Node]


@pytest.fixture
def storage() -> Iterator[Storage]:
    with serving() as storage:
        storage.put("a", b"1")
        storage.put("huge", Sparse(5 * 1024**3, b"the end"))
        yield storage


def has_read(node: Node) -> bool:
    """Whether the script has said what it read."""
    said = node.home / "std_log.txt"
    return said.exists() and "1" in said.read_text()


def mounts_below(folder: Path) -> list[str]:
    return [point for _, point in device._mounts() if point.startswith(str(folder))]


@pytest.mark.parametrize("place", ["own", "relative", "absolute", "file"])
def test_only_what_the_script_reads_is_fetched(node: Node, storage: Storage, tmp_path: Path, place: str) -> None:
    offered(node, storage, is_file=place == "file")
    at = {"own": None, "file": None, "relative": "tmp/dataset", "absolute": str(tmp_path / "there/dataset")}[place]
    seen = shown(node, at)
    assert seen == {"path": seen["path"], "is_mount": True, "a": "1",
                    "names": None if place == "file" else ["a", "huge"]}
    expected = {"own": node.home / "runspoor_inputs/digits", "file": node.home / "runspoor_inputs/digits/a",
                "relative": node.home / "snapshot/tmp/dataset", "absolute": tmp_path / "there/dataset"}
    assert seen["path"] == str(expected[place])
    assert storage.bytes < 1_000_000
    assert mounts_below(tmp_path) == []
    assert "mounted read-only at" in node.text("system_logs/runner.log")
    assert "1 bytes were read from storage in 1 requests" in node.text("system_logs/runner.log")


def test_a_changed_file_cannot_be_read_through_a_mount(node: Node, storage: Storage) -> None:
    offered(node, storage)
    storage.put("a", b"2", '"2"')
    reason = failure(node, "mount")
    assert reason["code"] == "ScriptFailed"
    assert "Input/output error" in reason["message"]
    assert "The file 'a' cannot be read: it is not what it was" in node.text("system_logs/runner.log")


def test_a_mount_that_is_not_ready_in_time(make: MakeNode, storage: Storage) -> None:
    node = make(path=os.environ["PATH"], RUNSPOOR_MOUNT_READY_SECONDS="0")
    offered(node, storage)
    reason = failure(node, "mount")
    assert reason["code"] == "MountNotReady"
    assert "Waiting for the mount point of input 'digits' to be ready has timed out" in reason["message"]
    assert "use as_download()" in reason["message"]
    assert mounts_below(node.home) == []


def test_urls_are_renewed_by_the_runs_token(node: Node, storage: Storage) -> None:
    input = offered(node, storage)
    input.renewed["a"] = str(input.files[0]["url"]).replace("generation=1", "generation=2")
    storage.expired, storage.generation = {"1"}, "2"
    assert shown(node)["a"] == "1"


@pytest.mark.parametrize("how", ["cancel", "terminate", "kill"])
def test_nothing_stays_mounted_however_it_ends(node: Node, storage: Storage, how: str) -> None:
    offered(node, storage)
    node.submit({"train.py": WAIT}, arguments=(ARGUMENT,), inputs=digits(), grace=1)
    node.start()
    node.until(lambda: has_read(node))
    assert len(mounts_below(node.home)) == 1
    if how == "kill":
        node.stop()
    else:
        getattr(node, how)()
        assert node.wait() == 0, node.said
    node.until(lambda: mounts_below(node.home) == [])


def test_a_mount_whose_process_is_killed(node: Node, storage: Storage) -> None:
    offered(node, storage)
    node.submit({"train.py": WAIT.replace("time.sleep(60)", "time.sleep(3); open(sys.argv[1] + '/huge').read(1)")},
                arguments=(ARGUMENT,), inputs=digits())
    node.start()
    node.until(lambda: mounts_below(node.home))
    [serving] = [int(pid) for pid, point in device._mounts() if point in mounts_below(node.home)]
    node.until(lambda: has_read(node))
    os.kill(serving, signal.SIGKILL)
    assert node.wait() == 0
    assert "Transport endpoint is not connected" in node.completed["reason"]["message"]
    assert "the process of its mount was killed" in node.text("system_logs/runner.log")
    assert mounts_below(node.home) == []


@pytest.mark.parametrize("process", ["killed", "hanging"])
@pytest.mark.parametrize("at", [None, "data"])
def test_the_folder_of_a_killed_runner_is_used_again(
    make: MakeNode, archive: Path, storage: Storage, at: str | None, process: str
) -> None:
    """Runner and the process of its mount are killed at once, or the latter hangs: what they leave is taken away."""
    killed = make(path=os.environ["PATH"])
    offered(killed, storage)
    killed.submit({"train.py": WAIT}, arguments=(ARGUMENT,), inputs=digits(at))
    killed.start()
    killed.until(lambda: has_read(killed))
    [(pid, point)] = [(int(pid), point) for pid, point in device._mounts() if point in mounts_below(killed.home)]
    os.kill(pid, signal.SIGSTOP)
    killed.stop()
    if process == "killed":
        os.kill(pid, signal.SIGKILL)
        killed.until(lambda: not Path(f"/proc/{pid}/fd").exists() or device._is_dead(point))
    (killed.home / "runspoor_outputs/model").mkdir(parents=True)
    (killed.home / "runspoor_outputs/model/stale").touch()
    again = Node(killed.service, archive, killed.home, f"{killed.run_id}x")
    again.surroundings = killed.surroundings
    try:
        completed = again.run({"train.py": SHOW}, arguments=(ARGUMENT,), inputs=digits(at), outputs={"model": {}})
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert completed["outcome"] == "succeeded", (completed, again.said)
    assert again.std_log.count("\n") == 1, "nothing of the log before"
    seen = json.loads(again.std_log)
    assert (seen["is_mount"], seen["names"], seen["a"]) == (True, ["a", "huge"], "1")
    assert again.data("model") == {}
    assert mounts_below(killed.home) == []


def test_two_runs_do_not_share_a_path(make: MakeNode, storage: Storage, tmp_path: Path) -> None:
    place, nodes = str(tmp_path / "dataset"), [make(path=os.environ["PATH"]) for _ in range(3)]
    for node in nodes:
        offered(node, storage)
        node.submit({"train.py": WAIT}, arguments=(ARGUMENT,), inputs=digits(place), grace=1)
    first, second, third = nodes
    first.start()
    first.until(lambda: Path(place, "a").exists())
    second.start()
    assert second.wait() == 0
    assert second.completed["reason"] == {"code": "InputNotAvailable", "message": (
        f"Input 'digits' cannot be had: it cannot be placed at {place}: another run on this node has its data there. "
        "Ask for another path_on_compute.")}
    assert Path(place, "a").read_text() == "1"
    first.stop()
    first.until(lambda: mounts_below(first.home) == [])
    third.start()
    third.until(lambda: Path(place).resolve() == third.home / "runspoor_inputs/digits" and Path(place, "a").exists())


def test_what_a_script_mounts_and_forgets_is_unmounted(node: Node, storage: Storage, tmp_path: Path) -> None:
    completed = node.run({"train.py": """
        import sys
        from runspoor.sdk.dataset import Dataset
        mounted = Dataset.File.from_files([sys.argv[1]], validate=False).mount(sys.argv[2])
        mounted.start()
        print(open(mounted.data_path).read())
        """}, arguments=(f"{storage.url}/files/a", str(tmp_path / "mine")))
    assert (completed["outcome"], node.std_log) == ("succeeded", "1\n"), node.std_log
    node.until(lambda: mounts_below(tmp_path) == [])


def test_the_package_mounts_from_the_runners_archive(archive: Path, storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    described = json.dumps(storage.described(tmp_path / "data")) + "\n"
    done = subprocess.run([sys.executable, "-S", "-m", "runspoor.mount"], input=described, capture_output=True,
                          text=True, check=True, env={"PYTHONPATH": str(archive), "PATH": os.environ["PATH"]})
    assert json.loads(done.stdout) == {"ready": True}
