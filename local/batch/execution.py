"""One attempt of a task on its nodes. It reports its outcome once, unless it was abandoned because a node is lost."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from local.batch import environment, task_life, workitems
from local.batch.command import Command, Place, prepare
from local.batch.documents import Document, Key
from local.batch.multi_instance import MultiInstance
from local.batch.processes import birth

if TYPE_CHECKING:
    from local.batch.emulator import Emulator


class Execution:
    """``nodes``: the one, or those of a multi-instance task with the primary first."""

    def __init__(
        self, emulator: "Emulator", task_key: Key, task: Document, nodes: Sequence[tuple[Key, Document]]
    ) -> None:
        self._emulator = emulator
        self._task_key = task_key
        self._abandoned = False
        self._processes: list[Key] = []
        self.node_keys = [key for key, _ in nodes]
        self.slots: int = task.get("requiredSlots", 1)
        for _, node in nodes:
            directory = workitems.directory(emulator, node["id"], task)
            emulator.discard(directory)
            prepare(directory)
        self._work = self._made(task, [node for _, node in nodes])
        self._done = emulator.spawn(self._run())

    def _made(self, task: Document, nodes: Sequence[Document]) -> Command | MultiInstance:
        job = self._emulator.store.jobs.get(self._task_key[:1])
        assert job is not None, "a task is only started in a job"
        if "multiInstanceSettings" in task:
            return MultiInstance(self._emulator, job, task, nodes, self._started, self._show)
        directory = workitems.directory(self._emulator, nodes[0]["id"], task)
        variables = environment.of_task(self._emulator, job, task, nodes[0], directory)
        return Command(self._emulator.settings, task, Place(directory, variables), self._started)

    async def _run(self) -> None:
        outcome = await self._work.run()
        for process in self._processes:
            self._emulator.store.processes.delete(process)
        if not self._abandoned:
            task_life.ended(self._emulator, self._task_key, outcome)

    def _started(self, pid: int) -> None:
        """Recorded, so that the next life of the emulator can end it."""
        self._processes.append((str(pid),))
        self._emulator.store.processes.put((str(pid),), {"birth": birth(pid)})

    def _show(self, subtasks: list[Document]) -> None:
        task = self._emulator.store.tasks.get(self._task_key)
        if task and not self._abandoned:
            task["_subtasks"] = subtasks
            self._emulator.store.tasks.put(self._task_key, task)

    async def stop(self, reason: str = "TaskEnded") -> None:
        """End the task in order; returns when its outcome is recorded."""
        await self._work.stop(reason)
        await self.finished()

    async def finished(self) -> None:
        """Wait for the task to end by itself."""
        await asyncio.shield(self._done)

    def abandon(self, spared: Key | None = None) -> None:
        """A node is lost: what the task does from now on counts for nothing, also what goes on where it is spared."""
        self._abandoned = True
        self._emulator.executions.pop(self._task_key, None)
        if isinstance(self._work, MultiInstance):
            self._work.kill(self.node_keys.index(spared) if spared else None)
        elif spared is None:
            self._work.kill()
