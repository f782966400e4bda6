"""Runs that end badly, each with its own reason."""

import signal

import pytest

from tests.integration.runner.node import Node, lives


def test_a_failing_script_says_its_exit_code_and_last_lines(node: Node) -> None:
    completed = node.run({"train.py": """
        open("outputs/partial.txt", "w").write("half")
        for number in range(60):
            print("line", number)
        raise ValueError("no data")
        """})

    assert (completed["outcome"], completed["exit_code"], completed["signal"]) == ("failed", 1, None)
    assert completed["reason"] == {"code": "ScriptFailed",
                                   "message": "The script train.py ended with exit code 1: ValueError: no data"}
    assert len(completed["last_lines"]) == 50
    assert completed["last_lines"][-1] == "ValueError: no data"
    assert node.blob("outputs/partial.txt") == b"half"


def test_a_missing_script_is_named_with_what_is_there(node: Node) -> None:
    completed = node.run({"main.py": "", "src/a.py": ""}, script="train.py")

    assert (completed["outcome"], completed["exit_code"]) == ("failed", None)
    assert completed["reason"]["code"] == "ScriptNotFound"
    assert "'train.py'" in completed["reason"]["message"]
    assert "main.py, src/" in completed["reason"]["message"]
    assert "running.json" not in node.names("signals")


def test_a_missing_interpreter_is_named(node: Node) -> None:
    completed = node.run({"train.py": ""}, python="/opt/no/python")

    assert completed["reason"]["code"] == "InterpreterNotFound"
    assert "/opt/no/python" in completed["reason"]["message"]


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_a_crash_says_the_signal(node: Node, number: signal.Signals) -> None:
    completed = node.run({"train.py": f"import os; os.kill(os.getpid(), {number.value})"})

    assert (completed["outcome"], completed["exit_code"], completed["signal"]) == ("failed", None, number.name)
    assert completed["reason"]["code"] == "ScriptKilled"


def test_points_logged_right_before_a_kill_are_kept(node: Node) -> None:
    node.run({"train.py": """
        import os, runspoor
        for number in range(1000):
            runspoor.log("n", number)
        folder = os.environ["RUNSPOOR_TRACKING_DIR"]
        with open(os.path.join(folder, os.listdir(folder)[0]), "ab", 0) as half:
            half.write(b'{"kind": "scalar", "name": "n", "val')
            os.kill(os.getpid(), 9)
        """})

    assert node.points("n") == list(range(1000))


def test_a_corrupt_snapshot_file_is_named(node: Node) -> None:
    node.submit({"train.py": "print('never')", "data/weights.bin": b"right"})
    files = node.service.blobs.get_container_client("snapshots")
    for blob in files.list_blobs(name_starts_with="files/"):
        if files.download_blob(blob.name).readall() == b"right":
            files.upload_blob(blob.name, b"wrong", overwrite=True)
    node.start()

    assert node.wait() == 0
    assert node.completed["reason"]["code"] == "SnapshotCorrupt"
    assert "data/weights.bin" in node.completed["reason"]["message"]
    assert node.blob("user_logs/std_log.txt") is None


def test_a_path_that_leaves_the_snapshot_is_refused(node: Node) -> None:
    completed = node.run({"train.py": "", "../evil.py": "boo"})

    assert completed["reason"]["code"] == "SnapshotCorrupt"
    assert "../evil.py" in completed["reason"]["message"]
    assert not (node.home / "evil.py").exists()


def test_children_do_not_outlive_the_script(node: Node) -> None:
    """One child in the script's session and one daemon; both would print for ever."""
    completed = node.run({"train.py": """
        import os, subprocess, sys
        for daemon in (False, True):
            child = subprocess.Popen([sys.executable, "-c", "import time\\nwhile True: print(1); time.sleep(0.1)"],
                                     start_new_session=daemon)
            open(f"outputs/{daemon}", "w").write(str(child.pid))
        """})

    assert completed["outcome"] == "succeeded"
    for name in ("False", "True"):
        assert not lives(int(node.text(f"outputs/{name}")))


def test_an_output_that_cannot_be_uploaded_fails_a_success(node: Node) -> None:
    completed = node.run({"train.py": """
        import os
        open("outputs/good.txt", "w").write("good")
        open("outputs/back\\\\slash", "w").write("bad")
        open(b"outputs/bad-\\xff", "w").write("bad")
        os.symlink("/etc/passwd", "outputs/passwd")
        os.symlink("good.txt", "outputs/alias.txt")
        os.symlink("..", "outputs/up")
        os.mkfifo("outputs/pipe")
        """})

    assert (completed["outcome"], completed["exit_code"]) == ("failed", 0)
    assert completed["reason"]["code"] == "OutputsNotUploaded"
    assert {file["path"] for file in completed["outputs"]["failed"]} == {"outputs/back\\slash", "outputs/bad-?"}
    assert {name for name in node.names() if name.startswith("outputs/")} == {"outputs/good.txt", "outputs/alias.txt"}
    assert "'passwd' is left out" in node.text("system_logs/runner.log")
