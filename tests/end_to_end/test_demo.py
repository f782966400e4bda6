"""``python -m local demo``, twice on one state directory."""

import io
import re
from pathlib import Path

from rich.console import Console

from local.demo.story import tell
from tests.end_to_end.command_line import left, run

PHASES = ["NotStarted", "Preparing", "Queued", "Starting", "Running", "Finalizing", "Completed"]
RUN = re.compile(r"^Run (digits_[0-9a-f]{12})$", re.MULTILINE)


def test_the_demo_keeps_its_promises_twice(tmp_path: Path) -> None:
    state = tmp_path / "demo"
    first = _demo(state)
    assert "earlier run" not in first
    assert re.search(r"snapshot: .*; uploaded [1-9]", first)
    second = _demo(state)
    assert "1 earlier run" in second
    assert "; uploaded 0 files, 0 B" in second
    assert RUN.findall(first)[0] in second.split("\nRun ")[0]


def test_a_promise_that_is_not_kept_fails_the_demo(tmp_path: Path) -> None:
    source, state, shown = tmp_path / "broken", tmp_path / "demo", io.StringIO()
    source.mkdir()
    (source / "train.py").write_text("print('so far'); raise SystemExit(7)")
    assert tell(state, Console(file=shown, width=200), source) == 1
    assert "│ so far" in shown.getvalue()
    assert re.search(r"Not as promised: the run is Failed: .*7", shown.getvalue())
    assert left(state) == []


def _demo(state: Path) -> str:
    done = run("demo", "--state", str(state), environment={"NO_COLOR": "1", "COLUMNS": "100"})
    assert done.returncode == 0, done.stdout + done.stderr
    shown = done.stdout
    phases = re.findall(r"^ +\d+\.\d\d s  (\w+)$", shown, re.MULTILINE)
    assert [phase for phase in PHASES if phase in phases] == phases
    assert {"NotStarted", "Queued", "Running", "Completed"} <= set(phases)
    assert shown.index("│ epoch  1") < shown.index("│ epoch 12")
    assert shown.index("s  Running") < shown.index("│ epoch  1") < shown.index("s  Completed")
    assert re.search(r"^accuracy +scalar +1 +0\.9\d+", shown, re.MULTILINE)
    assert re.search(r"^learning curve  [▁▂▃▄▅▆▇█]{12} ", shown, re.MULTILINE)
    assert re.search(r"^outputs/model\.joblib +\d+ +[0-9a-f]{32}…", shown, re.MULTILINE)
    assert "reads as 3" in shown
    assert re.search(r"^7 +\d\d:\d\d:\d\d\.\d{3} +run\.ended", shown, re.MULTILINE)
    assert "All as promised." in shown
    assert left(state) == []
    return shown
