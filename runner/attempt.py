"""One attempt, from its snapshot to its outputs."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runner import checkpoints, launch, output_folders, outputs, snapshot
from runner.blobs import Blobs
from runner.checkpoints import Checkpoints
from runner.completion import (
    Ending,
    NodeReport,
    document,
    ending,
    never_ran,
    now,
    of_all,
    with_nodes,
    with_outputs,
    with_written,
)
from runner.environment import place
from runner.environment.place import Place
from runner.errors import Fenced, Lost, RunFailed, Stopped
from runner.follow import LogFolder
from runner.inputs import Inputs, Ready
from runner.mounting import clean_below
from runner.names import ACCESS, LOGS, OUTPUTS, PACKAGES
from runner.output_folders import OutputFolders
from runner.placing import FOLDERS
from runner.processes import LOOK_AT_FOLDER_SECONDS, Exit, Processes
from runner.record import scrub
from runner.shipping import Background
from runner.stop import CANCEL_POLL_SECONDS, FENCED, CancelPoll, Stop
from runner.task import Task
from runner.tracking import TrackingFolder
from runner.written import LOOK_SECONDS as LOOK_AT_OUTPUTS_SECONDS
from runner.written import Result, Writing

log = logging.getLogger(__name__)
METRICS_SECONDS = 0.5


class Attempt:
    """The folders and the state of one attempt on one node; ``home`` is the task's working directory."""

    def __init__(self, task: Task, blobs: Blobs, stop: Stop, home: Path, archive: Path, processes: Processes) -> None:
        self._task, self._blobs, self._stop, self._archive = task, blobs, stop, archive
        self._home, self._processes = home, processes
        self._root, self._tracking, self._packages = home / "snapshot", home / "tracking", home / PACKAGES
        self._metrics = TrackingFolder(blobs, task, self._tracking, processes.chunks_from, processes.outputs)
        self._writing: list[Writing] = []
        self._exit: Exit | None = None

    def run(self) -> dict[str, object]:
        """Do it all; gives ``completed.json``. Raises Fenced, Lost."""
        started_at = now()
        shipped = outputs.Outputs()
        written: list[Result] = []
        reports: list[NodeReport] = []
        try:
            self._processes.call()
            end = self._processes.agree(self._script())
            shipped = outputs.ship(self._blobs, self._root / OUTPUTS, self._processes.outputs)
            end = with_outputs(end, shipped)
            results = [each.end(end.outcome == "succeeded") for each in self._writing]
            reports = self._processes.reports()
            written = of_all([each for each in results if each], reports)
            end = with_nodes(with_written(end, written), reports)
        except (Fenced, Lost):
            raise
        except RunFailed as error:
            log.warning("%s: %s", error.code, error.message)
            end = never_ran(error)
        except Exception as error:
            log.exception("the runner failed")
            end = _runner_failed(error)
        finally:
            self._processes.leave()
        lines = self._exit.lines if self._exit else self._processes.last_lines()
        return document(self._task.attempt, started_at, end, lines, shipped, written, self._metrics.chunks, reports)

    def _script(self) -> Ending:
        """Prepare, run the script and ship its logs and metrics."""
        polls = [CancelPoll(self._blobs, self._task, self._stop)] if self._processes.decides else []
        asking = [Background(poll, CANCEL_POLL_SECONDS, self._stop) for poll in polls]
        reading = Inputs(self._task, self._blobs.grants, self._stop)
        try:
            self._prepare()
            folders = output_folders.make(self._task, self._root, self._home)
            inputs = reading.fetch(self._root, self._home)
            self._task = inputs.filled(folders.filled(self._task))
            where = place.prepare(self._task, self._blobs, self._stop, self._home)
            if self._stop.cause is None:
                self._exit = self._launch(where, inputs, folders)
        except Stopped:
            log.info("stopped before the script ran")
        finally:
            reading.leave()
            for each in asking:
                each.finish()
        if self._stop.cause is FENCED:
            raise Fenced("found while the script ran")
        found = self._exit or Exit(None)
        return ending(self._task.title + found.who, found.code, self._stop.cause, found.lines, self._metrics.failure)

    def _prepare(self) -> None:
        """All folders anew: a runner that was killed may have left this one as it was."""
        clean_below(self._home, self._archive)
        for name in FOLDERS.values():
            shutil.rmtree(self._home / name, ignore_errors=True)
        self._processes.clear()
        for folder in (self._root, self._tracking, self._packages):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        snapshot.download(self._blobs, self._task.snapshot_id, self._root)
        launch.extract_package(self._archive, self._packages)

    def _launch(self, where: Place, inputs: Ready, folders: OutputFolders) -> Exit:
        environment = where.variables(
            launch.variables(self._task, self._root, self._tracking, self._packages, self._home / ACCESS, os.environ))
        for data in (inputs, folders):
            environment.update(data.variables(self._task.compatibility is not None, environment))
        argv = where.argv(self._root, environment)
        for name in (OUTPUTS, LOGS):
            (self._root / name).mkdir(exist_ok=True)
        self._writing = folders.writing(self._task, self._blobs)
        self._processes.start(argv, self._root, environment)
        with self._shipping():
            try:
                found = self._processes.wait()
            finally:
                self._processes.end()
                where.leave()
        log.info("the script ended with %s", found.code)
        return found

    def _checkpoints(self) -> list[Checkpoints]:
        if not self._task.may_be_tried_again:
            return []
        return [Checkpoints(self._blobs, self._root / OUTPUTS, self._processes.outputs)]

    @contextmanager
    def _shipping(self) -> Iterator[None]:
        """Announce the process and ship logs and metrics live while inside, and on leaving what is left."""
        own = self._processes.shipped(self._blobs)
        works = (*(Background(work, seconds, self._stop) for work, seconds in own),
                 Background(LogFolder(self._blobs, self._root / LOGS, LOGS), LOOK_AT_FOLDER_SECONDS, self._stop),
                 Background(self._metrics, METRICS_SECONDS, self._stop),
                 *(Background(each, LOOK_AT_OUTPUTS_SECONDS, self._stop) for each in self._writing),
                 *(Background(each, checkpoints.LOOK_SECONDS, self._stop) for each in self._checkpoints()))
        try:
            yield
        finally:
            for work in works if self._stop.cause is not FENCED else ():
                work.finish()


def _runner_failed(error: Exception) -> Ending:
    return Ending("failed", reason=("RunnerFailed", scrub(
        f"The runner could not do its part: {type(error).__name__}: {error}. "
        "The script is not at fault; submit the run again.")))
