"""One command on a node, from its resource files to its output files: what a task and a start task have in common."""

import asyncio
import shlex
import shutil
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from local.batch import processes, transfer
from local.batch.documents import Document, seconds
from local.batch.settings import Settings

FAILURES = {
    "CommandLaunchFailed": "The command line could not be started.",
    "CommandProgramNotFound": "The specified command program is not found.",
    "FailureExitCode": "The task process exited with an unexpected exit code.",
    "TaskEnded": "Task was ended by user request.",
    "TaskWallClockTimeExceeded": "The task ran longer than its maxWallClockTime and was ended.",
}


@dataclass(frozen=True)
class Outcome:
    """How a command ended: ``exit_code`` is none when it never ran; ``failure`` is a BatchTaskFailureInfo."""

    exit_code: int | None
    failure: Document | None

    @property
    def result(self) -> str:
        return "failure" if self.failure else "success"

    @property
    def may_retry(self) -> bool:
        """Batch retries a command that exited with another code than zero, and nothing else."""
        return self.failure is not None and self.failure["code"] == "FailureExitCode"


def failure(code: str, message: str | None = None, **details: object) -> Document:
    """A BatchTaskFailureInfo: everything a task can fail of here is the user's."""
    return {
        "category": "usererror",
        "code": code,
        "message": message or FAILURES[code],
        "details": [{"name": name, "value": str(value)} for name, value in details.items()],
    }


@dataclass(frozen=True)
class Place:
    """Where a command runs: its directory on this machine, its variables, and the words that bring it to its node.

    ``uts`` is the node's namespace, if it has one.
    """

    directory: Path
    environment: Mapping[str, str]
    enter: tuple[str, ...] = ()
    uts: str | None = None

    def sweep(self) -> None:
        """Kill all that was started here and has not ended. Blocking."""
        if self.uts:
            processes.kill_inside(self.uts)
        else:
            processes.kill(processes.SESSION, self.environment[processes.SESSION])


def prepare(directory: Path) -> None:
    """Make a command's directory anew, so that its files can be listed from the first moment on."""
    shutil.rmtree(directory, ignore_errors=True)
    (directory / "wd").mkdir(parents=True)
    for name in ("stdout.txt", "stderr.txt"):
        (directory / name).touch()


class Command:
    """Runs ``spec`` (a task or start task) once at ``place``, whose directory is prepared.

    ``started`` is told the process id. What it leaves in the background is ended with it, but where it ``detaches``.
    """

    def __init__(
        self,
        settings: Settings,
        spec: Document,
        place: Place,
        started: Callable[[int], None],
        *,
        detaches: bool = False,
    ) -> None:
        self._settings = settings
        self._spec = spec
        self._place = place
        self._directory = place.directory
        self._started = started
        self._detaches = detaches
        self._process: asyncio.subprocess.Process | None = None
        self._ended_by: str | None = None
        self._killed = False

    async def run(self) -> Outcome:
        """From the resource files to the output files."""
        resource_files = self._spec.get("resourceFiles", ())
        try:
            if resource_files:
                await asyncio.to_thread(transfer.fetch, self._settings, resource_files, self._directory / "wd")
        except transfer.TransferError as reason:
            return Outcome(None, failure(reason.code, str(reason)))
        outcome = await self._execute()
        if self._killed:
            return outcome
        try:
            await asyncio.to_thread(
                transfer.upload,
                self._settings,
                self._spec.get("outputFiles", ()),
                self._directory,
                outcome.failure is None,
            )
        except transfer.TransferError as reason:
            return Outcome(outcome.exit_code, outcome.failure or failure(reason.code, str(reason)))
        return outcome

    async def _execute(self) -> Outcome:
        if self._ended_by:
            return Outcome(None, failure(self._ended_by))
        try:
            self._process = await self._start()
        except (FileNotFoundError, NotADirectoryError):
            return Outcome(None, failure("CommandProgramNotFound"))
        except (OSError, ValueError) as reason:
            return Outcome(None, failure("CommandLaunchFailed", Reason=reason))
        self._started(self._process.pid)
        if self._killed:  # while it was being started
            self._sweep(self._process.pid)
        await self._wait(self._process)
        if not self._detaches:
            await asyncio.to_thread(self._sweep, self._process.pid)
        return self._outcome(self._process)

    async def _start(self) -> asyncio.subprocess.Process:
        words = shlex.split(self._spec["commandLine"])
        work = self._directory / "wd"
        variables = self._place.environment
        program = str(work / words[0]) if "/" in words[0] else shutil.which(words[0], path=variables["PATH"])
        if program is None or not Path(program).exists():
            raise FileNotFoundError(words[0])
        return await processes.start(
            [*self._place.enter, program, *words[1:]],
            work,
            variables,
            self._directory / "stdout.txt",
            self._directory / "stderr.txt",
        )

    async def _wait(self, process: asyncio.subprocess.Process) -> None:
        if self._ended_by:  # asked to stop while it was being started
            await self.stop(self._ended_by)
        limit = seconds(self._spec.get("constraints", {}).get("maxWallClockTime"))
        try:
            await asyncio.wait_for(process.wait(), limit)
        except TimeoutError:
            await self.stop("TaskWallClockTimeExceeded")

    def _outcome(self, process: asyncio.subprocess.Process) -> Outcome:
        code = process.returncode or 0
        code = 128 - code if code < 0 else code  # killed by a signal: as a shell shows it
        if self._ended_by:
            return Outcome(code, failure(self._ended_by))
        return Outcome(code, failure("FailureExitCode") if code else None)

    async def stop(self, reason: str) -> None:
        """End it: SIGTERM to its group, and SIGKILL when it has not ended in ``stop_seconds``."""
        self._ended_by = self._ended_by or reason
        if self._process is None or self._process.returncode is not None:
            return
        processes.signal_group(self._process.pid, signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), self._settings.stop_seconds)
        except TimeoutError:
            self._sweep(self._process.pid)

    def kill(self) -> None:
        """End it and all it started, at once, as when the node is gone: nothing is uploaded."""
        self._killed = True
        self._ended_by = self._ended_by or "TaskEnded"
        if self._process is not None:
            self._sweep(self._process.pid)

    def _sweep(self, group: int) -> None:
        processes.signal_group(group, signal.SIGKILL)
        self._place.sweep()
