"""A multi-instance task: files and coordination command on every node, then the task's own command on the primary.

As in Batch the coordination command has to return, what it leaves in the background goes on until the primary's command
ends; its end is the task's, and ends all that still runs on the nodes. The first failure of a node is the task's.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from local.batch import transfer, workitems
from local.batch.cluster import Cluster
from local.batch.command import Command, Outcome, failure
from local.batch.documents import Document, enter, now, seconds

if TYPE_CHECKING:
    from local.batch.emulator import Emulator


class MultiInstance:
    """Runs, stops and is killed as a ``Command`` is.

    ``nodes``: the primary first. ``started`` is told every process id, ``show`` the BatchSubtasks when they change.
    """

    def __init__(
        self,
        emulator: "Emulator",
        job: Document,
        task: Document,
        nodes: Sequence[Document],
        started: Callable[[int], None],
        show: Callable[[list[Document]], None],
    ) -> None:
        self._settings = emulator.settings
        self._job, self._task = job, task
        self._multi: Document = task["multiInstanceSettings"]
        self._cluster = Cluster(emulator, task, nodes)
        self._numbers = range(len(nodes))
        self._subtasks = [
            {"id": number, "nodeInfo": workitems.node_info(emulator, nodes[number], task)}
            for number in self._numbers[1:]
        ]
        self._started, self._show = started, show
        self._running: dict[int, Command] = {}
        self._began = time.monotonic()
        self._ended_by: str | None = None
        self._spared: int | None = None
        self._failed: Outcome | None = None

    async def run(self) -> Outcome:
        """Through all phases; nothing runs on the nodes afterwards."""
        try:
            return await self._phases()
        except OSError as reason:
            self._failed = Outcome(None, failure("CommandLaunchFailed", Reason=reason))
            return self._failed
        finally:
            await asyncio.to_thread(self._cluster.close, self._spared)
            self._complete_all()

    async def _phases(self) -> Outcome:
        self._enter_all("preparing")
        await self._cluster.open()
        for phase in (self._fetch, self._coordinate):
            await phase()
            if self._ended_by and not self._failed:
                self._failed = Outcome(None, failure(self._ended_by))
            if self._failed:
                return self._failed
        self._running = {0: self._command(0, self._task)}
        return await self._running[0].run()

    async def _fetch(self) -> None:
        """The common resource files, on every node."""
        files = self._multi.get("commonResourceFiles", ())
        try:
            await asyncio.gather(
                *(asyncio.to_thread(transfer.fetch, self._settings, files, place) for place in self._cluster.shared)
            )
        except transfer.TransferError as reason:
            self._failed = Outcome(None, failure(reason.code, str(reason)))

    async def _coordinate(self) -> None:
        self._enter_all("running")
        spec = {"commandLine": self._multi["coordinationCommandLine"]}
        self._running = {number: self._command(number, spec, detaches=True) for number in self._numbers}
        await asyncio.gather(*(self._coordinate_on(number) for number in self._numbers))

    async def _coordinate_on(self, number: int) -> None:
        """The first that fails ends the others."""
        outcome = await self._running[number].run()
        if outcome.failure and number:
            self._complete(self._subtasks[number - 1], outcome)
        if outcome.failure and not self._failed and not self._ended_by:
            self._failed = outcome
            await self._stop_running("TaskEnded")

    def _command(self, number: int, spec: Document, *, detaches: bool = False) -> Command:
        """``spec`` on a node, for as long as the task has left of its time."""
        constraints = dict(self._task.get("constraints", {}))
        if limit := seconds(constraints.get("maxWallClockTime")):
            constraints["maxWallClockTime"] = f"PT{max(0.0, limit - (time.monotonic() - self._began)):.3f}S"
        place = self._cluster.place(number, self._job, self._task)
        return Command(self._settings, {**spec, "constraints": constraints}, place, self._started, detaches=detaches)

    async def stop(self, reason: str) -> None:
        """End it: SIGTERM to the group of what was started on each node, and SIGKILL after ``stop_seconds``."""
        self._ended_by = self._ended_by or reason
        await self._stop_running(reason)

    async def _stop_running(self, reason: str) -> None:
        await asyncio.gather(*(command.stop(reason) for command in self._running.values()))

    def kill(self, spared: int | None = None) -> None:
        """End everything at once, but on the node that is ``spared``; nothing is uploaded."""
        self._ended_by = self._ended_by or "TaskEnded"
        self._spared = spared
        for number, command in self._running.items():
            if number != spared:
                command.kill()
        self._cluster.close(spared)

    def _enter_all(self, state: str) -> None:
        for subtask in self._subtasks:
            enter(subtask, state)
            subtask.setdefault("startTime", now())
        self._show(self._subtasks)

    def _complete_all(self) -> None:
        """A subtask whose coordination command returned has succeeded, if the task was not ended before its time."""
        ended = failure("TaskEnded") if self._failed or self._ended_by else None
        for subtask in self._subtasks:
            if subtask["state"] != "completed":
                self._complete(subtask, Outcome(None if ended else 0, ended))

    def _complete(self, subtask: Document, outcome: Outcome) -> None:
        enter(subtask, "completed").update(endTime=now(), result=outcome.result)
        if outcome.exit_code is not None:
            subtask["exitCode"] = outcome.exit_code
        if outcome.failure:
            subtask["failureInfo"] = outcome.failure
        self._show(self._subtasks)
