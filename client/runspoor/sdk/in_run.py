"""The run this process belongs to, as its script sees it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from runspoor import tracking
from runspoor.points import Entry
from runspoor.sdk.exceptions import NotOffered
from runspoor.sdk.experiment import Experiment
from runspoor.sdk.file_names import OUTPUTS
from runspoor.sdk.run import Run
from runspoor.sdk.script_run import ScriptRun
from runspoor.sdk.workspace import Workspace

RUN_ID, EXPERIMENT, OUTPUTS_DIR = "RUNSPOOR_RUN_ID", "RUNSPOOR_EXPERIMENT", "RUNSPOOR_OUTPUTS_DIR"
INPUT, OUTPUT = "RUNSPOOR_INPUT_", "RUNSPOOR_OUTPUT_"
"""With a name: where on the node that is."""
_current: dict[str, SubmittedRun] = {}


def submitted_run() -> Run | None:
    """The run this process belongs to, always the same object; None outside of runs. No request is made."""
    run_id = os.environ.get(RUN_ID)
    if not run_id:
        return None
    if run_id not in _current:
        workspace = Workspace._of_run()
        experiment = Experiment(workspace, os.environ.get(EXPERIMENT, ""), _create_in_cloud=False)
        _current.setdefault(run_id, SubmittedRun(experiment, run_id))
    return _current[run_id]


class TrackingLog:
    """``MetricLog`` by files, which the runner follows: what was added is kept, whatever becomes of the process."""

    def add(self, entries: Iterable[Entry]) -> None:
        tracking.write(entries)

    def flush(self, timeout_seconds: float) -> None:
        """There is nothing to wait for: the files outlive the process."""


class SubmittedRun(ScriptRun):
    """Logs through files; everything else asks the backend, by the right that a run has to itself."""

    def __init__(self, experiment: Experiment, run_id: str) -> None:
        super().__init__(experiment, run_id)
        self._metrics = TrackingLog()

    def _parent(self, run_id: str) -> Run:
        """Its id alone: a script has no right to read its run's parent."""
        return Run(self.experiment, run_id)

    def submit_child(self, config: object, tags: dict[str, str] | None = None, **kwargs: Any) -> Run:
        """Refused: a script may not start nodes."""
        raise NotOffered("submit_child inside a script", "begin children there with run.child_run(), or submit them "
                         "from where this run was submitted, with Run.get(ws, ID).submit_child")

    def _input(self, said: Mapping[str, Any]) -> Any:
        return super()._input(said) if said["mode"] == "direct" else os.environ.get(f"{INPUT}{said['name']}")

    def _output(self, said: Mapping[str, Any]) -> Any:
        return os.environ.get(f"{OUTPUT}{said['name']}")

    def cancel(self) -> None:
        """A script ends by itself: v1 says so too, and does nothing."""
        print("Cancelling a run from inside it is not supported: end the script, or call run.fail().")

    def complete(self) -> None:
        """The run ends when its script does; what was logged is kept already."""
        self.flush()

    def fail(self, error_details: str | BaseException | None = None, error_code: str | None = None) -> None:
        """Let the run end as Failed, whatever the exit code of its script."""
        tracking.fail("" if error_details is None else str(error_details), error_code)

    def _keep(self, files: Mapping[str, Path]) -> None:
        """Into ``./outputs``, from where the runner stores it."""
        for name, file in files.items():
            _copy(name, file)

    def _store(self, files: Mapping[str, Path], timeout_seconds: float | None = None) -> None:
        """At once, as v1 does: a model can be made of it now. And into ``./outputs``, where it is counted."""
        super()._store(files, timeout_seconds)
        self._keep({name: file for name, file in files.items() if name.split("/")[0] == OUTPUTS})


def _copy(name: str, file: Path) -> None:
    root = Path(os.environ.get(OUTPUTS_DIR) or OUTPUTS)
    target = root / name.split("/", 1)[1]
    if file.resolve() != target.resolve():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
