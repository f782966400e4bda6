"""One attempt of a task on a node. It reports its outcome once, unless it was abandoned because the node is lost."""

import asyncio
from typing import TYPE_CHECKING

from local.batch import environment, task_life
from local.batch.command import Command
from local.batch.documents import Document, Key
from local.batch.processes import birth

if TYPE_CHECKING:
    from local.batch.emulator import Emulator


class Execution:
    def __init__(self, emulator: "Emulator", task_key: Key, task: Document, node_key: Key, node: Document) -> None:
        job = emulator.store.jobs.get(task_key[:1])
        assert job is not None, "a task is only started in a job"
        directory = emulator.nodes_directory / node["id"] / "workitems" / job["id"] / "job-1" / task["id"]
        variables = environment.of_task(emulator, job, task, node, directory)
        self._emulator = emulator
        self._task_key = task_key
        self._abandoned = False
        self._process: Key | None = None
        self._command = Command(emulator.settings, task, directory, variables, self._started)
        self.node_key = node_key
        self.slots: int = task.get("requiredSlots", 1)
        emulator.discard(directory)
        self._command.prepare()
        self._done = emulator.spawn(self._run())

    async def _run(self) -> None:
        outcome = await self._command.run()
        if self._process:
            self._emulator.store.processes.delete(self._process)
        if not self._abandoned:
            task_life.ended(self._emulator, self._task_key, outcome)

    def _started(self, pid: int) -> None:
        """Recorded, so that the next life of the emulator can end it."""
        self._process = (str(pid),)
        self._emulator.store.processes.put(self._process, {"birth": birth(pid)})
        if self._abandoned:
            self._command.kill()

    async def stop(self, reason: str = "TaskEnded") -> None:
        """End the task in order; returns when its outcome is recorded."""
        await self._command.stop(reason)
        await self.finished()

    async def finished(self) -> None:
        """Wait for the task to end by itself."""
        await asyncio.shield(self._done)

    def abandon(self, *, leave_processes: bool = False) -> None:
        """The node is lost: what the task does from now on counts for nothing."""
        self._abandoned = True
        self._emulator.executions.pop(self._task_key, None)
        if not leave_processes:
            self._command.kill()
