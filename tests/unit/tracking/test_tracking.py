"""The tracking calls of a script: what they write, and what they refuse."""

import json
import math
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import runspoor
from hypothesis import given
from hypothesis import strategies as st
from runspoor import tracking


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUNSPOOR_TRACKING_DIR", str(tmp_path))
    monkeypatch.setenv("RUNSPOOR_OUTPUTS_DIR", str(tmp_path / "outputs"))
    return tmp_path


def entries(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line, parse_constant=_no_constant) for path in sorted(folder.glob("*.jsonl"))
            for line in path.read_text().splitlines()]


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


def values(folder: Path) -> list[Any]:
    return [value for entry in entries(folder) for value in entry["values"]]


def logged(folder: Path, name: str) -> list[Any]:
    return [value for entry in entries(folder) if entry["name"] == name for value in entry["values"]]


def test_log_writes_one_line(folder: Path) -> None:
    runspoor.log("accuracy", 0.97, step=4)

    [entry] = entries(folder)
    assert entry.pop("at") > 1.7e9
    assert entry == {"kind": "scalar", "name": "accuracy", "values": [0.97], "step": 4}
    [path] = folder.glob("*.jsonl")
    assert path.name.startswith(f"{os.getpid()}-")


@pytest.mark.parametrize(("value", "written"), [
    (1, 1), (True, True), (None, None), ("ü\n", "ü\n"), (0.1, 0.1), (math.nan, {"$float": "NaN"}),
    (math.inf, {"$float": "Infinity"}), (-math.inf, {"$float": "-Infinity"}), (2**53 - 1, 2**53 - 1),
    (12345678901234567890, {"$int": "12345678901234567890"}), (-2**64, {"$int": str(-2**64)}), ("\ud800x", "\ufffdx"),
    (np.float32(0.5), 0.5), (np.float64(0.1), 0.1), (np.int64(3), 3), (np.bool_(True), True), (np.array(2.5), 2.5),
    (np.array([7]), 7), (np.str_("a"), "a"), (np.float16("nan"), {"$float": "NaN"}),
    (np.uint64(2**64 - 1), {"$int": str(2**64 - 1)}),
])
def test_values(folder: Path, value: object, written: object) -> None:
    runspoor.log("n", value)

    assert values(folder) == [written]
    assert type(values(folder)[0]) is type(written)


@pytest.mark.parametrize("value", [[1], {"a": 1}, (1,), object(), Decimal(1), b"x", 1j, np.array([1, 2]), {1}])
def test_what_is_no_value_is_refused_with_what_to_do(folder: Path, value: object) -> None:
    with pytest.raises(TypeError, match=r"'n': .*use log_list"):
        runspoor.log("n", value)
    assert entries(folder) == []


@pytest.mark.parametrize(("name", "error"), [("", ValueError), ("x" * 256, ValueError), ("a\nb", ValueError),
                                             ("\ud800", ValueError), (None, TypeError), (5, TypeError)])
def test_names(folder: Path, name: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="a name"):
        runspoor.log(name, 1)


@pytest.mark.parametrize(("step", "error"), [("2", TypeError), (2.5, TypeError), (2**60, ValueError)])
def test_steps(folder: Path, step: Any, error: type[Exception]) -> None:
    runspoor.log("n", 1, step=np.int32(3))
    assert entries(folder)[0]["step"] == 3
    with pytest.raises(error, match="step"):
        runspoor.log("n", 1, step=step)


def test_a_value_too_large_for_a_metric_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"\./outputs"):
        runspoor.log("n", "x" * 200_000)
    with pytest.raises(ValueError, match="too large"):
        runspoor.log("n", 10**5000)
    assert entries(folder) == []


def test_log_list(folder: Path) -> None:
    runspoor.log_list("n", range(25_000))
    runspoor.log_list("n", np.array([1.5, np.nan]))
    runspoor.log_list("n", [])

    assert [len(entry["values"]) for entry in entries(folder)] == [10_000, 10_000, 5_000, 2]
    assert values(folder) == [*range(25_000), 1.5, {"$float": "NaN"}]


@pytest.mark.parametrize("listed", [5, "text", {"a": 1}, [[1]], [1, object()], np.array([[1, 2]])])
def test_what_is_no_list_is_refused_whole(folder: Path, listed: Any) -> None:
    with pytest.raises(TypeError, match="'n'"):
        runspoor.log_list("n", listed)
    assert entries(folder) == []


def test_rows_and_tables(folder: Path) -> None:
    runspoor.log_row("c", x=1, name="a")
    runspoor.log_table("c", {"x": [2, 3], "name": np.array(["b", "c"])})
    runspoor.log_table("c", [{"x": 4}])
    runspoor.log_table("c", {"x": 5, "name": "one"})

    assert values(folder) == [{"x": 1, "name": "a"}, {"x": 2, "name": "b"}, {"x": 3, "name": "c"}, {"x": 4},
                              {"x": 5, "name": "one"}]
    assert {entry["kind"] for entry in entries(folder)} == {"row"}


def test_tables_that_are_none(folder: Path) -> None:
    with pytest.raises(ValueError, match="equally many"):
        runspoor.log_table("c", {"x": [1], "y": [1, 2]})
    with pytest.raises(ValueError, match="at least one column"):
        runspoor.log_row("c")
    refused: list[Any] = ["text", [1], 5]
    for table in refused:
        with pytest.raises(TypeError, match="log_table takes"):
            runspoor.log_table("c", table)
    with pytest.raises(TypeError, match=r"'c\.x'"):
        runspoor.log_row("c", x=[1])
    assert entries(folder) == []


class Figure:
    def savefig(self, path: Path) -> None:
        path.write_bytes(b"plot")


def test_images_are_kept_in_outputs(folder: Path) -> None:
    (folder / "outputs").mkdir()
    (folder / "outputs" / "own.png").write_bytes(b"own")
    (folder / "else.png").write_bytes(b"else")
    runspoor.log_image("p", path=folder / "outputs" / "own.png")
    runspoor.log_image("p", path=folder / "else.png")
    for _ in range(2):
        runspoor.log_image("my plot/1", plot=Figure())

    paths = [value["path"] for value in values(folder)]
    assert paths == ["outputs/own.png", "outputs/images/else.png", "outputs/images/my_plot_1.png",
                     "outputs/images/my_plot_1-2.png"]
    assert all((folder / path).is_file() for path in paths)
    with pytest.raises(ValueError, match="either"):
        runspoor.log_image("p")
    with pytest.raises(FileNotFoundError):
        runspoor.log_image("p", path="none.png")


def test_tags(folder: Path) -> None:
    runspoor.tag("stage", "tuning")
    runspoor.set_tags({"a": 1, "b": None})

    assert [(entry["kind"], entry["name"], entry["value"]) for entry in entries(folder)] == [
        ("tag", "stage", "tuning"), ("tag", "a", 1), ("tag", "b", None)]


def test_outside_of_a_run_it_prints(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("RUNSPOOR_TRACKING_DIR", raising=False)
    runspoor.log("n", 1)

    assert capsys.readouterr().out == "runspoor, not in a run: scalar n = [1]\n"


def test_threads_lose_nothing(folder: Path) -> None:
    def work(thread: int) -> None:
        for number in range(200):
            runspoor.log(f"thread {thread}", number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for number in range(8):
        assert logged(folder, f"thread {number}") == list(range(200))


FORKING = """
import os, runspoor
runspoor.log("parent", 0)
children = []
for number in range(4):
    pid = os.fork()
    if pid == 0:
        for value in range(100):
            runspoor.log(f"child {number}", value)
        os.kill(os.getpid(), 9)
    children.append(pid)
for pid in children:
    os.waitpid(pid, 0)
runspoor.log("parent", 1)
assert "httpx" not in __import__("sys").modules
"""


def test_forks_write_files_of_their_own_and_survive_a_kill(folder: Path) -> None:
    subprocess.run([sys.executable, "-c", FORKING], check=True)

    assert len(list(folder.glob("*.jsonl"))) == 5
    for number in range(4):
        assert logged(folder, f"child {number}") == list(range(100))
    assert logged(folder, "parent") == [0, 1]


@pytest.fixture(scope="module")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("tracking")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUNSPOOR_TRACKING_DIR", str(folder))
        yield folder


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()))
def test_every_value_comes_back_as_it_was(shared_folder: Path, value: float | str | None) -> None:
    for path in shared_folder.glob("*"):
        path.unlink()
    tracking.log("n", value)

    [written] = values(shared_folder)
    if isinstance(written, dict):
        written = int(written["$int"]) if "$int" in written else float(written["$float"])
    assert type(written) is type(value)
    assert written == value or repr(written) == repr(value) == "nan"
