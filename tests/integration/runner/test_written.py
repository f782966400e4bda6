"""Outputs: what the script writes into their folders is in the datastore."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration.runner.node import Node

FOLDERS = "import os, pathlib, sys, time\nfolder = pathlib.Path(sys.argv[1])\n"
OUTPUT = {"output": "model"}
QUICKLY = {**os.environ, "RUNSPOOR_OUTPUT_SETTLED_SECONDS": "0.3"}
STEPS = """
def step(name):
    pathlib.Path(f"did_{name}").touch()
    while not os.path.exists(f"go_on_{name}"):
        time.sleep(0.02)
"""


def etag(node: Node, path: str) -> str:
    blob = node.service.blobs.get_blob_client("data", f"{node.run_id}/model/{path}")
    return str(blob.get_blob_properties().etag)


def said(node: Node) -> dict[str, Any]:
    (written,) = node.completed["written"]
    return dict(written)


def test_what_the_script_writes_is_in_the_datastore(node: Node) -> None:
    script = FOLDERS + """
assert os.environ["RUNSPOOR_OUTPUT_model"] == str(folder), os.environ
(folder / "deep").mkdir()
(folder / "net.pkl").write_bytes(b"net")
(folder / "deep/Straße.bin").write_bytes(b"x" * 20_000_000)
(folder / "gone.tmp").write_bytes(b"?")
(folder / "gone.tmp").unlink()
"""
    done = node.run({"train.py": script}, arguments=(OUTPUT,), outputs={"model": {}})
    assert done["outcome"] == "succeeded"
    assert said(node) == {"name": "model", "files": 2, "bytes": 20_000_003, "failed": [], "complete": True}
    assert {path: len(content) for path, content in node.data("model").items()} == {
        "net.pkl": 3, "deep/Straße.bin": 20_000_000}
    assert node.listed("model") == {
        path: {"path": path, "size": size, "etag": etag(node, path)}
        for path, size in (("deep/Straße.bin", 20_000_000), ("net.pkl", 3))}


def test_names_of_v1_and_places_of_the_users(node: Node, tmp_path: Path) -> None:
    script = """
import os, pathlib, sys
here = [os.environ[name] for name in ("AZUREML_DATAREFERENCE_model", "model", "MODEL")]
assert here == [sys.argv[1]] * 3 and sys.argv[2] == f"--to={sys.argv[1]}/x", (here, sys.argv)
assert sys.argv[1] == os.path.abspath("made/here")
assert os.environ["AZUREML_DATASET_FILE_OUTPUTS"] == "model;elsewhere"
for folder in (sys.argv[1], os.environ["elsewhere"]):
    pathlib.Path(folder, "new.txt").write_text(folder)
pathlib.Path("made/here/changed.txt").write_text("changed")
os.makedirs("single")
pathlib.Path("single/bar.pkl").write_text("bar")
os.makedirs("many")
pathlib.Path("many/c").write_text("c")
"""
    files = {"train.py": script, "made/here/of_the_snapshot.txt": "old", "made/here/changed.txt": "old"}
    node.run(files, arguments=(OUTPUT, "--to=$AZUREML_DATAREFERENCE_model/x"), compatibility="azureml-v1", outputs={
        "model": {"path_on_compute": "./made/here"},
        "elsewhere": {"path_on_compute": str(tmp_path / "abs" / "out")},
        "single": {"path_on_compute": "single/bar.pkl", "prepared": False, "mode": "upload"},
        "folder": {"path_on_compute": "many", "prepared": False, "mode": "upload"},
        "at_root": {"path_on_compute": "./many", "prepared": False, "mode": "upload",
                    "path": {"datastore": "workspaceblobstore", "path": ""}}})
    assert node.completed["reason"] is None, node.std_log
    assert set(node.data("model")) == {"new.txt", "changed.txt"}
    assert node.data("elsewhere") == {"new.txt": str(tmp_path / "abs" / "out").encode()}
    assert node.data("single") == {"bar.pkl": b"bar"}
    assert node.data("folder") == {"c": b"c"}
    assert node.data("at_root") == {"many/c": b"c"}


def test_a_mount_is_written_while_the_script_runs_and_kept_when_it_fails(node: Node) -> None:
    """Its URLs expire meanwhile."""
    node.service.lifetime_seconds = 2.0
    node.surroundings = QUICKLY
    script = FOLDERS + """
(folder / "early.bin").write_bytes(b"early")
while not os.path.exists("go_on"):
    time.sleep(0.05)
(folder / "early.bin").write_bytes(b"later")
(folder / "late.bin").write_bytes(b"late")
sys.exit(3)
"""
    node.submit({"train.py": script}, arguments=(OUTPUT,), outputs={"model": {}})
    node.start()
    node.until(lambda: node.listed("model"))
    assert node.data("model") == {"early.bin": b"early"}
    assert node.listed("model")["early.bin"]["etag"] == etag(node, "early.bin")
    time.sleep(2)
    (node.home / "snapshot" / "go_on").touch()
    assert node.wait() == 0
    assert node.service.outputs_asked == ["early.bin", "early.bin", "late.bin"]
    assert node.completed["outcome"] == "failed"
    assert said(node) == {"name": "model", "files": 2, "bytes": 9, "failed": [], "complete": False}
    assert node.data("model") == {"early.bin": b"later", "late.bin": b"late"}
    assert node.listed("model")["early.bin"]["etag"] == etag(node, "early.bin")


def begun(node: Node, script: str) -> None:
    """A run that goes on with its script's next ``step`` when ``go_on`` says so."""
    node.surroundings = QUICKLY
    node.submit({"train.py": FOLDERS + STEPS + script}, arguments=(OUTPUT,), outputs={"model": {}})
    node.start()


def go_on(node: Node, step: str) -> None:
    node.until(lambda: (node.home / f"snapshot/did_{step}").exists())
    (node.home / f"snapshot/go_on_{step}").touch()


def test_a_mount_is_mirrored_while_the_script_runs(node: Node) -> None:
    """Written, read back, appended to, renamed (a file, a folder of two), replaced, removed: each is so in storage."""
    begun(node, """
(folder / "log").write_text("one ")
(folder / "deep").mkdir()
(folder / "deep/a").write_text("a")
(folder / "deep/b").write_text("bb")
assert (folder / "log").read_text() == "one "
step("written")
with (folder / "log").open("a") as log:
    log.write("two")
step("appended")
(folder / "log").rename(folder / "history")
(folder / "deep").rename(folder / "moved")
step("renamed")
(folder / "new").write_text("A")
os.replace(folder / "new", folder / "moved/a")
(folder / "moved/b").unlink()
assert sorted(os.listdir(folder)) == ["history", "moved"] and os.listdir(folder / "moved") == ["a"]
step("removed")
sys.exit(3)
""")
    first = {"log": b"one ", "deep/a": b"a", "deep/b": b"bb"}
    node.until(lambda: node.data("model") == first)
    go_on(node, "written")
    node.until(lambda: node.data("model") == {**first, "log": b"one two"})
    go_on(node, "appended")
    renamed = {"history": b"one two", "moved/a": b"a", "moved/b": b"bb"}
    node.until(lambda: node.data("model") == renamed)
    go_on(node, "renamed")
    left = {"history": b"one two", "moved/a": b"A"}
    node.until(lambda: node.data("model") == left)
    assert set(node.listed("model")) == set(left)
    go_on(node, "removed")
    assert node.wait() == 0
    assert said(node) == {"name": "model", "files": 2, "bytes": 8, "failed": [], "complete": False}
    assert node.data("model") == left
    assert {path: line["etag"] for path, line in node.listed("model").items()} == {
        path: etag(node, path) for path in left}


def test_what_a_script_removes_at_its_end_goes_too(node: Node) -> None:
    begun(node, """
(folder / "checkpoint").write_text("1")
step("written")
(folder / "checkpoint").rename(folder / "final")
""")
    node.until(lambda: node.data("model") == {"checkpoint": b"1"})
    go_on(node, "written")
    assert node.wait() == 0
    assert node.data("model") == {"final": b"1"}
    assert set(node.listed("model")) == {"final"}


def test_what_somebody_else_has_put_in_its_place_stays(node: Node) -> None:
    begun(node, """
(folder / "a").write_text("mine")
step("written")
(folder / "a").unlink()
""")
    node.until(lambda: node.listed("model"))
    node.service.blobs.get_blob_client("data", f"{node.run_id}/model/a").upload_blob(b"theirs", overwrite=True)
    go_on(node, "written")
    assert node.wait() == 0
    assert (node.completed["outcome"], node.data("model"), node.listed("model")) == ("succeeded", {"a": b"theirs"}, {})
    assert "'a' was removed, and stays in the datastore" in node.text("system_logs/runner.log")


def test_nothing_is_deleted_while_a_file_cannot_be_uploaded(node: Node) -> None:
    """It may be the same file under its new name."""
    begun(node, """
(folder / "a").write_text("1")
step("written")
(folder / "a").rename(folder / "back\\\\slash")
""")
    node.until(lambda: node.data("model"))
    go_on(node, "written")
    assert node.wait() == 0
    assert node.completed["reason"]["code"] == "OutputsNotUploaded"
    assert node.data("model") == {"a": b"1"}
    assert node.listed("model") == {}


def test_upload_takes_what_is_meant_and_only_after_a_success(node: Node) -> None:
    script = FOLDERS + """
for name in ("a.pkl", "b.txt", "deep/c.pkl", "deep/plots/d.png"):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(name)
sys.exit(int(sys.argv[2]))
"""
    output = {"mode": "upload", "globs": ["*.pkl", "**/plots/*"]}
    node.run({"train.py": script}, arguments=(OUTPUT, "0"), outputs={"model": output})
    assert set(node.data("model")) == {"a.pkl", "deep/plots/d.png"}
    assert said(node)["files"] == 2


def test_upload_skips_after_a_failure(node: Node) -> None:
    script = FOLDERS + "(folder / 'a').write_text('a'); sys.exit(1)"
    done = node.run({"train.py": script}, arguments=(OUTPUT,), outputs={"model": {"mode": "upload"}})
    assert (done["written"], node.data("model"), node.listed("model")) == ([], {}, {})


def test_what_is_there_is_overwritten_only_when_asked(node: Node) -> None:
    there = node.service.blobs.get_blob_client("data", f"{node.run_id}/model/taken")
    there.upload_blob(b"of somebody else")
    mine = node.service.blobs.get_blob_client("data", f"{node.run_id}/model/mine")
    mine.upload_blob(b"of the attempt before", metadata={"runspoor_run": node.run_id})
    script = FOLDERS + "[(folder / name).write_text('new') for name in ('taken', 'mine', 'other')]"
    done = node.run({"train.py": script}, arguments=(OUTPUT,), outputs={"model": {"mode": "upload"}})
    assert (done["outcome"], done["reason"]["code"]) == ("failed", "OutputExists")
    assert "'taken' is in the datastore already" in done["reason"]["message"]
    assert node.data("model") == {"taken": b"of somebody else", "mine": b"new", "other": b"new"}
    assert set(node.listed("model")) == {"mine", "other"}
    assert not said(node)["complete"]


@pytest.mark.parametrize(("output", "code"), [
    ({"mode": "upload", "path_on_compute": "nothing", "prepared": False}, "OutputsNotUploaded"),
    ({"path_on_compute": "train.py/x"}, "OutputNotAvailable"),
    ({"path_on_compute": "/usr"}, "OutputNotAvailable"),
])
def test_outputs_that_cannot_be(node: Node, output: dict[str, Any], code: str) -> None:
    done = node.run({"train.py": "print('ran')"}, outputs={"model": output})
    assert (done["outcome"], done["reason"]["code"]) == ("failed", code), done


def test_a_name_that_no_datastore_takes_fails_that_file_alone(node: Node) -> None:
    script = FOLDERS + "(folder / 'back\\\\slash').write_text('x'); (folder / 'good').write_text('y')"
    done = node.run({"train.py": script}, arguments=(OUTPUT,), outputs={"model": {}})
    assert done["reason"]["code"] == "OutputsNotUploaded"
    assert node.data("model") == {"good": b"y"}
    assert [each["path"] for each in said(node)["failed"]] == ["back\\slash"]


def test_a_canceled_run_keeps_what_it_wrote(node: Node) -> None:
    script = FOLDERS + "(folder / 'part').write_text('part'); print('wrote', flush=True); time.sleep(600)"
    node.submit({"train.py": script}, arguments=(OUTPUT,), outputs={"model": {}})
    node.start()
    node.until(lambda: "wrote" in node.std_log)
    node.cancel()
    assert node.wait() == 0
    assert node.completed["outcome"] == "canceled"
    assert said(node) == {"name": "model", "files": 1, "bytes": 4, "failed": [], "complete": False}
    assert node.data("model") == {"part": b"part"}


def test_a_datastore_that_is_gone_is_not_waited_for_file_by_file(node: Node) -> None:
    node.service.data_is_gone = True
    node.surroundings = {**os.environ, "RUNSPOOR_OUTPUT_PATIENCE_SECONDS": "1"}
    script = FOLDERS + "[(folder / str(number)).write_text('x') for number in range(500)]"
    done = node.run({"train.py": script}, arguments=(OUTPUT,), outputs={"model": {}})
    assert done["reason"]["code"] == "OutputsNotUploaded"
    assert "no usable answer" in done["reason"]["message"]
    assert (len(said(node)["failed"]), said(node)["complete"]) == (500, False)
