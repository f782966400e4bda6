"""Whoever dies: nothing stays mounted, and nobody hangs."""

import errno
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from runspoor.mount import device
from runspoor.mount.process import PACKAGES, Mounted, NotReady

from tests.end_to_end.api import until
from tests.integration.mount.mounts import mounted
from tests.integration.mount.storage import Storage
from tests.integration.runner.stand_ins import place

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PACKAGES)}
FUSERMOUNT = '''#!{python}
import os, socket, sys
sys.path.insert(0, "{packages}")
from runspoor.mount import device
if sys.argv[1] == "-u":
    sys.exit(device._call("umount2", os.fsencode(sys.argv[-1]), 2))
opened = os.open("/dev/fuse", os.O_RDWR)
said = dict(each.partition("=")[::2] for each in sys.argv[2].split(","))
assert sys.argv[1] == "-o" and sys.argv[3] == "--" and {{"ro", "nosuid", "nodev"}} <= said.keys()
options = f"fd={{opened}},rootmode=40000,user_id=0,group_id=0,max_read={{said['max_read']}}"
device._call("mount", said["fsname"].encode(), sys.argv[4].encode(), b"fuse." + said["subtype"].encode(), 7,
             options.encode())
with socket.socket(fileno=int(os.environ["_FUSE_COMMFD"])) as way:
    socket.send_fds(way, [b"\\0"], [opened])
'''


@pytest.fixture
def point(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "with a blank"
    folder.mkdir()
    yield folder
    assert not device.is_mounted(str(folder))


def started(storage: Storage, point: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-m", "runspoor.mount"], env=ENVIRONMENT, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(storage.described(point)) + "\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline()) == {"ready": True}
    return process


def ended(process: subprocess.Popen[str]) -> int:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdout.close()
    return process.wait(20)


def test_a_killed_process_leaves_a_dead_mount_that_the_next_one_takes_away(storage: Storage, point: Path) -> None:
    storage.put("a", b"1")
    process = started(storage, point)
    process.kill()
    assert ended(process) == -signal.SIGKILL
    with pytest.raises(OSError) as dead:
        (point / "a").read_bytes()
    assert dead.value.errno == errno.ENOTCONN
    with mounted(storage, point):
        assert (point / "a").read_bytes() == b"1"


def test_dead_mounts_elsewhere_are_taken_away_too(storage: Storage, point: Path, tmp_path: Path) -> None:
    storage.put("a", b"1")
    process = started(storage, point)
    process.kill()
    ended(process)
    assert device.is_mounted(str(point))
    with mounted(storage, tmp_path / "other"):
        assert not device.is_mounted(str(point))


def test_all_below_a_folder_are_taken_away_and_none_is_asked(storage: Storage, tmp_path: Path) -> None:
    """One that hangs would never answer."""
    folders = {name: tmp_path / name for name in ("mine/a", "mine/b c/d", "mine too")}
    processes = {}
    for name, folder in folders.items():
        folder.mkdir(parents=True)
        processes[name] = started(storage, folder)
    processes["mine/a"].send_signal(signal.SIGSTOP)
    processes["mine/b c/d"].kill()
    subprocess.run([sys.executable, "-m", "runspoor.mount", "--clean-below", tmp_path / "mine"], env=ENVIRONMENT,
                   check=True)
    assert [device.is_mounted(str(folder)) for folder in folders.values()] == [False, False, True]
    processes["mine/a"].send_signal(signal.SIGCONT)
    assert [ended(process) for process in processes.values()] == [0, -signal.SIGKILL, 0]


def test_clean_takes_away_what_is_dead_only(storage: Storage, point: Path, tmp_path: Path) -> None:
    storage.put("a", b"1")
    process = started(storage, point)
    with mounted(storage, tmp_path / "other") as other:
        process.kill()
        ended(process)
        subprocess.run([sys.executable, "-m", "runspoor.mount", "--clean", point, other], env=ENVIRONMENT, check=True)
        assert not device.is_mounted(str(point))
        assert (other / "a").read_bytes() == b"1"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_end_it_unmounts(storage: Storage, point: Path, number: signal.Signals) -> None:
    process = started(storage, point)
    process.send_signal(number)
    until(lambda: not device.is_mounted(str(point)))
    assert ended(process) == 0


def test_unmounted_by_somebody_else_it_ends(storage: Storage, point: Path) -> None:
    process = started(storage, point)
    device.unmount(str(point))
    assert process.wait(20) == 0
    ended(process)


@pytest.mark.parametrize("leaves", ["nothing", "a child that holds all open files"])
def test_a_killed_parent_takes_the_mount_with_it(storage: Storage, point: Path, leaves: str) -> None:
    storage.put("a", b"1")
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent("""
        import json, os, sys, time
        from runspoor.mount.process import Mounted
        mount = Mounted(json.loads(sys.argv[1]))
        if sys.argv[2] != "nothing" and os.fork() == 0:
            time.sleep(30)
        print("there", flush=True)
        time.sleep(60)
        """), json.dumps(storage.described(point)), leaves], env=ENVIRONMENT, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "there\n"
    assert (point / "a").read_bytes() == b"1"
    parent.kill()
    parent.wait()
    until(lambda: not device.is_mounted(str(point)))
    parent.stdout.close()


def test_a_killed_reader_does_not_wait_for_storage(storage: Storage, point: Path) -> None:
    storage.put("a", b"1")
    storage.stalled.set()
    with mounted(storage, point, 100):
        code = "import signal, sys; signal.signal(15, lambda *_: None); open(sys.argv[1], 'rb', 0).read()"
        reader = subprocess.Popen([sys.executable, "-c", code, point / "a"])
        until(lambda: bool(storage.asked))
        reader.terminate()
        reader.kill()
        assert reader.wait(10) == -signal.SIGKILL


def test_stopping_does_not_wait_for_readers(storage: Storage, point: Path) -> None:
    storage.put("a", b"1")
    storage.stalled.set()
    mount = Mounted(storage.described(point, 100))
    reader = subprocess.Popen([sys.executable, "-c", "import sys; open(sys.argv[1]).read()", point / "a"],
                              stderr=subprocess.DEVNULL)
    until(lambda: bool(storage.asked))
    mount.stop()
    mount.stop()
    assert reader.wait(10) == 1
    assert list(point.iterdir()) == []


def test_stopping_does_not_wait_for_forks(storage: Storage, point: Path) -> None:
    """A data loader's worker has all open files of the script, the mount's standard input too."""
    stopped = subprocess.run([sys.executable, "-c", textwrap.dedent("""
        import json, os, signal, sys, time
        from runspoor.mount.process import Mounted
        mount = Mounted(json.loads(sys.argv[1]))
        worker = os.fork()
        if not worker:
            time.sleep(60)
        mount.stop()
        print(mount._process.returncode)
        os.kill(worker, signal.SIGKILL)
        """), json.dumps(storage.described(point))], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert stopped.stdout == "0\n", "ended by itself, and was not killed after a long wait"


def test_what_is_not_ready_in_time_is_said(storage: Storage, point: Path) -> None:
    with pytest.raises(NotReady, match=r"was not ready after 0 s"):
        Mounted(storage.described(point), patience=0)


def test_by_fusermount(storage: Storage, point: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = place(tmp_path / "bin", "fusermount3", FUSERMOUNT, packages=PACKAGES)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    opened = device._by_fusermount(str(point))
    try:
        assert device.is_mounted(str(point))
        assert not os.get_inheritable(opened)
    finally:
        device.unmount(str(point))
        os.close(opened)


def test_what_fusermount_says_is_handed_on(point: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = place(tmp_path / "bin", "fusermount3", '#!{python}\nimport sys\nsys.exit("fusermount3: not allowed")\n')
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    with pytest.raises(device.CannotMount, match="fusermount3: not allowed"):
        device._by_fusermount(str(point))
