"""Blobs, the queue of reactions and Batch in memory: for tests, and for trying a use case without a server."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from shared.application.ports import Blob, ComputeRejected, Container, PoolObservation, Queue, Right, TaskSpec, another
from shared.domain.batch_states import TaskObservation
from shared.domain.compute import ComputeSpec, wanted_nodes
from shared.domain.definition import Priority


@dataclass
class MemoryBlobs:
    """The ``Blobs`` port. Its URLs lead nowhere."""

    _blobs: dict[tuple[str, str], tuple[bytes, datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, container: Container, name: str, data: bytes, *, overwrite: bool = False) -> bool:
        with self._lock:
            if (container, name) in self._blobs and not overwrite:
                return False
            self._blobs[container, name] = data, datetime.now(UTC)
            return True

    def read(self, container: Container, name: str, offset: int = 0, length: int | None = None) -> bytes | None:
        with self._lock:
            known = self._blobs.get((container, name))
        return known[0][offset:None if length is None else offset + length] if known else None

    def size(self, container: Container, name: str) -> int | None:
        data = self.read(container, name)
        return None if data is None else len(data)

    def list(
        self, container: Container, prefix: str, cursor: str | None = None, limit: int = 5000
    ) -> tuple[list[Blob], str | None]:
        with self._lock:
            found = sorted((n, blob) for (c, n), blob in self._blobs.items() if c == container and n.startswith(prefix))
        page = [Blob(name, len(data), at) for name, (data, at) in found if name > (cursor or "")]
        return page[:limit], page[limit - 1].name if len(page) > limit else None

    def url(self, container: Container, name: str) -> str:
        return f"memory://{container}/{name}".rstrip("/")

    def grant(self, container: Container, name: str, right: Right, until: datetime) -> str:
        return f"{self.url(container, name)}?{right}&until={until.isoformat()}"


@dataclass
class MemoryReactions:
    """The ``Reactions`` port: ``sent`` are the streams asked for and how long they wait, oldest first."""

    sent: list[tuple[str, timedelta]] = field(default_factory=list)

    def send(self, stream: str, delay: timedelta = timedelta()) -> None:
        self.sent.append((stream, delay))


@dataclass
class MemoryCompute:
    """The ``Compute`` port. ``observed`` is what it says of the tasks, by job and task; no node comes by itself.

    ``broken``: nodes that can run nothing, and since when.
    """

    pools: dict[str, int] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    observed: dict[tuple[str, str], TaskObservation] = field(default_factory=dict)
    broken: dict[str, datetime] = field(default_factory=dict)
    _fixed: set[str] = field(default_factory=set)
    _submitted: dict[tuple[str, str], TaskSpec] = field(default_factory=dict)

    def ensure_pool(self, pool: str, spec: ComputeSpec, nodes: int, now: datetime) -> None:
        self.pools.setdefault(pool, nodes)

    def ensure_job(self, job: str, pool: str, priority: Priority = "normal") -> None:
        self.jobs.setdefault(job, pool)

    def submit(self, task: TaskSpec) -> bool:
        if task.job not in self.jobs:
            return False
        if (task.job, task.id) in self.observed:
            known = self._submitted.get((task.job, task.id), task)
            if (known.command, known.variables, known.nodes) != (task.command, task.variables, task.nodes):
                raise ComputeRejected(another(task))
            return True
        self._submitted[task.job, task.id] = task
        self.observed[task.job, task.id] = TaskObservation("active")
        return True

    def terminate(self, job: str, task: str) -> None:
        known = self.observed.get((job, task))
        if known and known.state != "completed":
            self.observed[job, task] = TaskObservation("completed", known.node, ended_at=datetime.now(UTC))

    def scale(self, pool: str, spec: ComputeSpec, nodes: int, now: datetime) -> None:
        if pool in self.pools:
            self.pools[pool] = wanted_nodes(spec, nodes)
            self._fixed.discard(pool)

    def remove(self, pool: str, nodes: Sequence[str]) -> None:
        if pool in self.pools:
            self.pools[pool] -= len(nodes)
            self._fixed.add(pool)
            self.broken = {node: since for node, since in self.broken.items() if node not in nodes}

    def delete(self, pool: str, jobs: Sequence[str]) -> bool:
        self.pools.pop(pool, None)
        self.jobs = {job: of for job, of in self.jobs.items() if job not in jobs}
        self.observed = {key: task for key, task in self.observed.items() if key[0] not in jobs}
        return True

    def task(self, job: str, task: str) -> TaskObservation | None:
        return self.observed.get((job, task))

    def tasks(self, job: str) -> Iterator[tuple[str, TaskObservation]]:
        return iter([(task, seen) for (of, task), seen in self.observed.items() if of == job])

    def further_nodes(self, job: str, task: str) -> list[str]:
        spec, seen = self._submitted.get((job, task)), self.observed.get((job, task))
        if spec is None or seen is None or seen.state != "running":
            return []
        return [f"{spec.pool}-{number}" for number in range(1, spec.nodes)]

    def demand(self, jobs: Sequence[str], most: int) -> int:
        waiting = [key for key, task in self.observed.items() if key[0] in jobs and task.state != "completed"]
        return sum(self._submitted[key].nodes if key in self._submitted else 1 for key in waiting)

    def queue(self, jobs: Sequence[str]) -> Queue:
        states = [task.state for job in jobs for _, task in self.tasks(job) if task.state != "completed"]
        return Queue(states.count("active"), len(states) - states.count("active"))

    def ended_since(self, jobs: Sequence[str], at: datetime) -> bool:
        return any(task.ended_at and task.ended_at >= at for job in jobs for _, task in self.tasks(job))

    def pool(self, pool: str) -> PoolObservation | None:
        nodes = self.pools.get(pool)
        if nodes is None:
            return None
        names = [f"{pool}-{number}" for number in range(nodes)]
        members = {name: "unusable" if name in self.broken else "idle" for name in names}
        return PoolObservation("steady", nodes, nodes, Counter(members.values()), members=members,
                               members_since=self.broken, scales=pool not in self._fixed)
