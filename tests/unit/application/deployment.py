"""A deployment in memory: the use cases over memory adapters, and what tests do with them. Time stands until moved."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from shared.adapters.memory import MemoryEvents, MemoryMetrics, MemoryViews
from shared.adapters.memory_datastores import MemoryDatastores, MemorySecrets
from shared.adapters.memory_services import MemoryBlobs, MemoryCompute, MemoryReactions
from shared.adapters.optuna_suggestions import OptunaSuggestions
from shared.application import compute_targets, runs, signals, snapshots
from shared.application.backend import Backend, Cause
from shared.application.ports import Commit
from shared.application.project import project
from shared.application.react import call_for_reactions, react
from shared.application.reconcile import reconcile
from shared.application.tokens import Tokens
from shared.contract.requests import ComputeTargetRequest, SnapshotFile, SnapshotRequest
from shared.contract.submission import SubmitRunRequest
from shared.domain.batch_states import TaskObservation
from shared.domain.ids import run_stream, task_id
from shared.domain.run_state import Run

CAUSE = Cause("tests", "tests")
RUN = "r1"
JOB = "j-cpu"
SIGNALS: dict[str, dict[str, object]] = {
    "started": {"attempt": 1, "node": "n1"},
    "running": {"attempt": 1, "pid": 7},
    "completed": {"attempt": 1, "outcome": "succeeded", "exit_code": 0, "outputs": {"files": 1, "bytes": 3},
                  "metrics": {"chunks": 2}},
}


@dataclass
class Deployment:
    """One run on one compute target."""

    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    events: MemoryEvents = field(default_factory=MemoryEvents)
    views: MemoryViews = field(default_factory=MemoryViews)
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    reactions: MemoryReactions = field(default_factory=MemoryReactions)
    compute: MemoryCompute = field(default_factory=MemoryCompute)

    def __post_init__(self) -> None:
        self.datastores, self.secrets = MemoryDatastores(self.blobs), MemorySecrets()
        self.backend = Backend(
            self.events, self.views, MemoryMetrics(), self.blobs, self.reactions, self.compute, self.datastores,
            self.secrets, OptunaSuggestions(), Tokens("k" * 40), lambda: self.now, b"runner", "http://api")

    def submitted(self) -> "Deployment":
        """A compute target and a run on it, and nothing has reacted yet."""
        compute_targets.create(self.backend, ComputeTargetRequest(name="cpu", vm_size="standard_d2s_v3"), CAUSE)
        files = SnapshotRequest(files=[SnapshotFile(path="train.py", content="pass")])
        snapshot = snapshots.create(self.backend, files).snapshot_id
        runs.submit(self.backend, SubmitRunRequest(
            experiment="tests", snapshot_id=snapshot, compute_target="cpu", script="train.py", run_id=RUN), CAUSE, None)
        return self

    def queued(self) -> "Deployment":
        """The run's task waits on Batch."""
        self.submitted().react()
        assert self.run.phase == "Queued", self.run
        return self

    def leave(self, attempt: int = 1) -> None:
        """Everything a node leaves before it reports: outputs, their manifest, metrics."""
        self.blobs.put("runs", f"{RUN}/{attempt}/outputs/a.txt", b"abc")
        self.blobs.put("runs", f"{RUN}/{attempt}/outputs.jsonl", b'{"path": "outputs/a.txt", "size": 3}\n')
        for seq in range(2):
            self.blobs.put("metrics", f"{RUN}/{attempt}/{seq:08d}.json", self.chunk(seq))

    def chunk(self, seq: int) -> bytes:
        series = [{"name": "loss", "values": [seq * 2.0, seq * 2.0 + 1]}]
        return json.dumps({"seq": seq, "series": series, "tags": [{"name": "seq", "value": str(seq)}]}).encode()

    def write(self, signal: str) -> None:
        self.blobs.put("signals", f"{RUN}/1/{signal}.json", json.dumps(SIGNALS[signal]).encode())

    def arrive(self, signal: str) -> None:
        """The event of a signal's blob, which has been written."""
        self.write(signal)
        signals.record(self.backend, RUN, 1, signal, json.dumps(SIGNALS[signal]).encode(), CAUSE)

    def react(self) -> None:
        self.react_to(RUN)

    def react_to(self, run_id: str) -> None:
        react(self.backend, run_stream(run_id), CAUSE)

    def observe(self, task: TaskObservation | None, attempt: int = 1) -> None:
        """Batch shows this of the run's task from now on."""
        key = JOB, task_id(RUN, attempt)
        self.compute.observed.pop(key, None)
        if task:
            self.compute.observed[key] = task

    def reconcile(self, later: timedelta = timedelta()) -> None:
        self.now += later
        project(self.backend, self.commits)
        reconcile(self.backend, CAUSE)

    @property
    def commits(self) -> list[Commit]:
        return self.events.feed(None, 1000)[0]

    @property
    def run(self) -> Run:
        return runs.find(self.backend, RUN)

    @property
    def types(self) -> list[str]:
        return [type(event).__name__ for commit in self.events.read(run_stream(RUN)) for event in commit.events]

    def called(self) -> list[str]:
        """The streams for which the whole history asks for reactions."""
        self.reactions.sent.clear()
        call_for_reactions(self.backend, self.commits)
        return [stream for stream, _ in self.reactions.sent]
