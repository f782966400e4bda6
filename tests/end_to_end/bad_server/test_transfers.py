"""Data over a network that breaks connections, is busy, or damages what it carries: whole in the end, or not at all."""

import os
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from runspoor.sdk.dataset import Dataset
from runspoor.sdk.workspace import Workspace
from runspoor.transfer import blob, fetch

from tests.end_to_end.bad_server.bad_network import (
    BLOBS,
    BadNetwork,
    Plan,
    at_random,
    every,
    for_seconds,
    once_each,
    together,
)

# The functions of these names hide their modules.
upload, download = (sys.modules[f"runspoor.transfer.{name}"] for name in ("upload", "download"))
PART = 100_000
LARGE = 7 * PART + 1
TROUBLES: dict[str, Callable[[], Plan]] = {
    "each request breaks once": lambda: once_each("drop request", "PUT", BLOBS),
    "each answer is lost once": lambda: once_each("lose answer"),
    "each answer is cut once": lambda: once_each("cut answer", "GET", BLOBS),
    "it is busy for a while": lambda: for_seconds(2, "unavailable"),
    "much is damaged": lambda: together(every(3, "damage", "PUT", BLOBS), once_each("damage", "GET", BLOBS)),
    "anything may happen": lambda: at_random(7, 0.1),
}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is large is smaller than usual, so that it takes less time."""
    for module, name in ((upload, "LARGE_BYTES"), (download, "LARGE_BYTES"), (blob, "BLOCK_BYTES"),
                         (fetch, "PART_BYTES")):
        monkeypatch.setattr(module, name, PART)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_folder_arrives_and_comes_back_whole(network: BadNetwork, workspace: Workspace, tmp_path: Path,
                                               trouble: str) -> None:
    store, name = workspace.get_default_datastore(), uuid.uuid4().hex
    content = {"large": os.urandom(LARGE), **{f"small/{number}": os.urandom(5_000) for number in range(8)}}
    for path, each in content.items():
        (tmp_path / "src" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "src" / path).write_bytes(each)
    network.plan = TROUBLES[trouble]()
    store.upload(str(tmp_path / "src"), name, overwrite=True)
    network.plan = TROUBLES[trouble]()
    network.seen.clear()
    assert store.download(str(tmp_path / "back"), prefix=f"{name}/") == len(content)
    assert {path: (tmp_path / "back" / name / path).read_bytes() for path in content} == content
    assert len([*(tmp_path / "back").rglob("*.part")]) == 0
    if trouble == "each answer is cut once":
        parts = 8
        assert network.count("cut answer", "GET", f"{BLOBS}.*/large") == 1
        assert len([each for each in network.seen if each.path.endswith("/large")]) <= parts + 2


def test_a_download_goes_on_where_its_connection_broke(network: BadNetwork, workspace: Workspace, tmp_path: Path
                                                       ) -> None:
    store, name = workspace.get_default_datastore(), uuid.uuid4().hex
    (tmp_path / "one").write_bytes(os.urandom(PART))
    store.upload_files([str(tmp_path / "one")], target_path=name)
    dataset = Dataset.File.from_files((store, f"{name}/one")).register(workspace, f"broken-{name}")
    network.plan = every(3, "cut answer", "GET", BLOBS)
    (found,) = dataset.download(tmp_path / "back")
    assert Path(found).read_bytes() == (tmp_path / "one").read_bytes()
    assert network.count("cut answer", "GET", BLOBS) == 1
    assert network.count("pass", "GET", BLOBS) == 1
