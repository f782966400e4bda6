"""A node's way from creating to idle: allocated, started, its start task run."""

import asyncio
from typing import TYPE_CHECKING

from local.batch import environment
from local.batch.command import Command, Outcome, Place, failure, prepare
from local.batch.documents import Document, Key, enter, now

if TYPE_CHECKING:
    from local.batch.emulator import Emulator

RETRY_SECONDS = 0.1  # an endless retry (-1) must not take the machine


class Boots:
    """The nodes that are on their way."""

    def __init__(self, emulator: "Emulator") -> None:
        self._emulator = emulator
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._commands: dict[Key, Command] = {}

    def begin(self, key: Key) -> None:
        self.cancel(key)
        self._tasks[key] = self._emulator.spawn(self._boot(key))

    def cancel(self, key: Key) -> None:
        """The node leaves: its start task is killed."""
        if command := self._commands.pop(key, None):
            command.kill()
        if task := self._tasks.pop(key, None):
            task.cancel()

    def stop(self) -> None:
        for key in list(self._tasks):
            self.cancel(key)

    async def _boot(self, key: Key) -> None:
        await asyncio.sleep(self._emulator.settings.allocation_seconds)
        await self._emulator.faults.allocation_hold.cleared(key[0])
        node = self._emulator.store.nodes.get(key)
        if node is None:
            return
        root = self._emulator.nodes_directory / node["id"]
        for name in ("shared", "startup", "workitems", "fsmounts"):
            (root / name).mkdir(parents=True, exist_ok=True)
        self._enter(key, node, "starting")
        if start_task := node.get("startTask"):
            await self._prepare(key, node, start_task)
        else:
            self._enter(key, node, "idle")

    async def _prepare(self, key: Key, node: Document, start_task: Document) -> None:
        waits = start_task.get("waitForSuccess", True)
        self._enter(key, node, "waitingforstarttask" if waits else "idle")
        outcome = await self._run(key, node, start_task)
        if waits:
            self._enter(key, node, "starttaskfailed" if outcome.failure else "idle")

    async def _run(self, key: Key, node: Document, start_task: Document) -> Outcome:
        """The start task with its retries; every attempt shows in ``startTaskInfo``."""
        limit = start_task.get("maxTaskRetryCount", 0)
        info: Document = {"state": "running", "startTime": now(), "retryCount": 0}
        while True:
            node["startTaskInfo"] = info
            self._emulator.store.nodes.put(key, node)
            outcome = await self._once(key, node, start_task)
            if not outcome.may_retry or info["retryCount"] == limit:
                break
            info.update(retryCount=info["retryCount"] + 1, lastRetryTime=now())
            await asyncio.sleep(RETRY_SECONDS)
        info.update(state="completed", endTime=now(), result=outcome.result)
        if outcome.exit_code is not None:
            info["exitCode"] = outcome.exit_code
        if outcome.failure:
            info["failureInfo"] = outcome.failure
        self._emulator.store.nodes.put(key, node)
        return outcome

    async def _once(self, key: Key, node: Document, start_task: Document) -> Outcome:
        if key[0] in self._emulator.faults.start_task_failure:
            return Outcome(1, failure("FailureExitCode"))
        directory = self._emulator.nodes_directory / node["id"] / "startup"
        variables = environment.of_node(self._emulator, node, directory, start_task.get("environmentSettings", []))
        command = Command(self._emulator.settings, start_task, Place(directory, variables), lambda pid: None)
        self._commands[key] = command
        prepare(directory)
        try:
            return await command.run()
        finally:
            self._commands.pop(key, None)

    def _enter(self, key: Key, node: Document, state: str) -> None:
        enter(node, state)
        self._emulator.store.nodes.put(key, node)
        self._emulator.wake()
