"""The process that mounts, and one that does not do as it should."""

from pathlib import Path

import pytest

from runner import mounting
from runner.errors import RunFailed
from runner.mounting import CannotMount, Mount

LARGE = {"first": {"value": ["x" * 1_000_000]}}
"""More than a pipe holds."""


def mount(folder: Path, code: str) -> Mount:
    """With ``code`` in the place of ``python -m runspoor.mount``."""
    package = folder / "runspoor/mount"
    package.mkdir(parents=True)
    (package / "__main__.py").write_text(code)
    return Mount("digits", folder, LARGE, folder)


def test_it_is_told_all(tmp_path: Path) -> None:
    """The answer is that of the process, once it has read a page that is larger than a pipe."""
    made = mount(tmp_path, "import json, sys; told = json.loads(sys.stdin.readline())\n"
                 "print(json.dumps({'ready': False, 'why': str(len(told['first']['value'][0]))}))")
    with pytest.raises(CannotMount, match=r"^1000000$"):
        made.wait(lambda: False)
    made.leave()


def test_it_ends_while_it_is_told(tmp_path: Path) -> None:
    made = mount(tmp_path, "")
    with pytest.raises(CannotMount, match="the process that mounts ended"):
        made.wait(lambda: False)
    made.leave()


def test_it_does_not_listen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The runner waits for it no longer than for any mount, and leaves it, however it hangs."""
    monkeypatch.setattr(mounting, "MOUNT_READY_SECONDS", 0.2)
    monkeypatch.setattr(mounting, "END_SECONDS", 0.2)
    made = mount(tmp_path, "import time; time.sleep(60)")
    with pytest.raises(RunFailed, match=r"has timed out after 0\.2 s") as failed:
        made.wait(lambda: False)
    assert failed.value.code == "MountNotReady"
    made.leave()
