"""The emulator's heart: what it knows, what it is doing, and the one turn in which pools and tasks move forward.

Everything that changes state runs on one event loop, so each step is atomic. A change calls ``wake``; the next turn
compares what is wanted with what is (level-triggered), which makes a restart the same as any other moment.
"""

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from pathlib import Path
from uuid import uuid4

from local.batch import allocation, autoscale, guard, job_life, processes, scheduling, task_life
from local.batch.boot import Boots
from local.batch.documents import Key
from local.batch.execution import Execution
from local.batch.faults import Faults
from local.batch.settings import Settings
from local.batch.store import Store


class Emulator:
    """Batch for one account; ``url`` is where it is served."""

    def __init__(self, settings: Settings, url: str) -> None:
        settings.state.mkdir(parents=True, exist_ok=True)
        self.settings = settings
        self.url = url
        self.session = uuid4().hex
        self.store = Store(settings.state / "batch.sqlite")
        self.faults = Faults()
        self.executions: dict[Key, Execution] = {}
        self.boots = Boots(self)
        self.sampler = autoscale.Sampler()
        self.queue: dict[Key, None] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._awake = False

    async def start(self) -> None:
        """Clear what an earlier life left running, take up what it left undone."""
        self._guard = guard.start(self.session)
        processes.kill(processes.NODE, str(self.nodes_directory))
        self.discard(self.clusters_directory)
        task_life.recover(self)
        allocation.recover(self)
        job_life.recover(self)
        autoscale.recover(self)
        self.wake()

    async def stop(self) -> None:
        """Leave nothing running; tasks that ran start anew in the next life."""
        for task in self._background:
            task.cancel()
        for execution in list(self.executions.values()):
            execution.abandon()
        self.boots.stop()
        await asyncio.gather(*self._background, return_exceptions=True)
        processes.kill(processes.SESSION, self.session)
        self.store.close()
        self._guard.communicate()

    @property
    def nodes_directory(self) -> Path:
        return self.settings.state.resolve() / "nodes"

    @property
    def common_root(self) -> Path:
        """Where every node of a multi-instance task sees its own directory."""
        return self.settings.state.resolve() / "node"

    @property
    def clusters_directory(self) -> Path:
        """What is needed while multi-instance tasks run."""
        return self.settings.state.resolve() / "clusters"

    def spawn(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Run beside the requests until done or until the emulator stops."""
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    def later(self, delay: float, act: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(delay, act)

    def wake(self) -> None:
        """Take a turn soon; many calls make one turn."""
        if not self._awake:
            self._awake = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        self._awake = False
        for key, pool in list(self.store.pools):
            allocation.advance(self, key, pool)
        scheduling.assign(self)

    def discard(self, directory: Path) -> None:
        """Remove a directory beside the requests; its name is free again when this returns."""
        trash = self.settings.state / "trash" / uuid4().hex
        trash.parent.mkdir(exist_ok=True)
        try:
            directory.rename(trash)
        except FileNotFoundError:
            return

        async def remove() -> None:
            await asyncio.to_thread(shutil.rmtree, trash, ignore_errors=True)

        self.spawn(remove())
