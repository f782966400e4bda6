"""One attempt, from its snapshot to its outputs."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runner import launch, output_folders, outputs, snapshot
from runner.blobs import Blobs
from runner.completion import Ending, document, ending, last_lines, never_ran, now, with_outputs, with_written
from runner.environment import place
from runner.environment.place import Place
from runner.errors import Fenced, RunFailed, Stopped
from runner.follow import LogFile, LogFolder
from runner.inputs import Inputs, Ready
from runner.mounting import clean_below
from runner.names import ACCESS, LOGS, OUTPUTS, PACKAGES, RUNNING, STD_LOG
from runner.output_folders import OutputFolders
from runner.placing import FOLDERS
from runner.record import scrub
from runner.script import Script
from runner.shipping import Background, Signal
from runner.stop import CANCEL_POLL_SECONDS, FENCED, CancelPoll, Stop
from runner.task import Task
from runner.tracking import TrackingFolder
from runner.written import LOOK_SECONDS as LOOK_AT_OUTPUTS_SECONDS
from runner.written import Result, Writing

log = logging.getLogger(__name__)
# How often a file is looked at; how often it is appended is up to ``append.pace``.
LOOK_SECONDS = 0.1
LOOK_AT_FOLDER_SECONDS = 0.5
METRICS_SECONDS = 0.5


class Attempt:
    """The folders and the state of one attempt; ``home`` is the task's working directory."""

    def __init__(self, task: Task, blobs: Blobs, stop: Stop, home: Path, archive: Path) -> None:
        self._task, self._blobs, self._stop, self._archive = task, blobs, stop, archive
        self._home = home
        self._root, self._tracking, self._packages = home / "snapshot", home / "tracking", home / PACKAGES
        self._std_log = home / "std_log.txt"
        self._metrics = TrackingFolder(blobs, task, self._tracking)
        self._writing: list[Writing] = []

    def run(self) -> dict[str, object]:
        """Do it all; gives ``completed.json``. Raises Fenced."""
        started_at = now()
        shipped = outputs.Outputs()
        written: list[Result] = []
        try:
            end = self._script()
            shipped = outputs.ship(self._blobs, self._root / OUTPUTS)
            end = with_outputs(end, shipped)
            results = [each.end(end.outcome == "succeeded") for each in self._writing]
            written = [each for each in results if each]
            end = with_written(end, written)
        except Fenced:
            raise
        except RunFailed as error:
            log.warning("%s: %s", error.code, error.message)
            end = never_ran(error)
        except Exception as error:
            log.exception("the runner failed")
            end = _runner_failed(error)
        return document(self._task.attempt, started_at, end, last_lines(self._std_log), shipped, written,
                        self._metrics.chunks)

    def _script(self) -> Ending:
        """Prepare, run the script and ship its logs and metrics."""
        polling = Background(CancelPoll(self._blobs, self._task, self._stop), CANCEL_POLL_SECONDS, self._stop)
        reading = Inputs(self._task, self._blobs.grants, self._stop)
        try:
            self._prepare()
            folders = output_folders.make(self._task, self._root, self._home)
            inputs = reading.fetch(self._root, self._home)
            self._task = inputs.filled(folders.filled(self._task))
            where = place.prepare(self._task, self._blobs, self._stop, self._home)
            code = self._launch(where, inputs, folders) if self._stop.cause is None else None
        except Stopped:
            code = None
        finally:
            reading.leave()
            polling.finish()
        if self._stop.cause is FENCED:
            raise Fenced("found while the script ran")
        return ending(self._task.title, code, self._stop.cause, last_lines(self._std_log), self._metrics.failure)

    def _prepare(self) -> None:
        """All folders anew: a runner that was killed may have left this one as it was."""
        clean_below(self._home, self._archive)
        for name in FOLDERS.values():
            shutil.rmtree(self._home / name, ignore_errors=True)
        self._std_log.unlink(missing_ok=True)
        for folder in (self._root, self._tracking, self._packages):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        snapshot.download(self._blobs, self._task.snapshot_id, self._root)
        launch.extract_package(self._archive, self._packages)

    def _launch(self, where: Place, inputs: Ready, folders: OutputFolders) -> int:
        environment = where.variables(
            launch.variables(self._task, self._root, self._tracking, self._packages, self._home / ACCESS, os.environ))
        for data in (inputs, folders):
            environment.update(data.variables(self._task.compatibility is not None, environment))
        argv = where.argv(self._root, environment)
        for name in (OUTPUTS, LOGS):
            (self._root / name).mkdir(exist_ok=True)
        self._writing = folders.writing(self._task, self._blobs)
        script = Script(argv, self._root, environment, self._std_log)
        with self._shipping(script.pid):
            try:
                code = script.wait(self._task, self._stop)
            finally:
                script.end_all(launch.marker(self._task))
                where.leave()
        log.info("the script ended with %d", code)
        return code

    @contextmanager
    def _shipping(self, pid: int) -> Iterator[None]:
        """Announce the process and ship std_log, logs and metrics live while inside, and on leaving what is left."""
        running = Signal(self._blobs, RUNNING, {"attempt": self._task.attempt, "at": now(), "pid": pid})
        works = (Background(running, LOOK_AT_FOLDER_SECONDS, self._stop),
                 Background(LogFile(self._blobs, self._std_log, STD_LOG), LOOK_SECONDS, self._stop),
                 Background(LogFolder(self._blobs, self._root / LOGS, LOGS), LOOK_AT_FOLDER_SECONDS, self._stop),
                 Background(self._metrics, METRICS_SECONDS, self._stop),
                 *(Background(each, LOOK_AT_OUTPUTS_SECONDS, self._stop) for each in self._writing))
        try:
            yield
        finally:
            for work in works if self._stop.cause is not FENCED else ():
                work.finish()


def _runner_failed(error: Exception) -> Ending:
    return Ending("failed", reason=("RunnerFailed", scrub(
        f"The runner could not do its part: {type(error).__name__}: {error}. "
        "The script is not at fault; submit the run again.")))
