"""What a node says of an attempt, in small blobs -> commands. Read when a blob arrives, and by the reconciler."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from shared.application.backend import Backend, Cause, load, transact
from shared.application.paths import signal_blob
from shared.domain import limits
from shared.domain.definition import NodeReport, Outcome, Outputs, Report, Written
from shared.domain.ids import run_stream
from shared.domain.run import RUN
from shared.domain.run_commands import RecordLost, RecordReport, RecordScriptStarted, RecordStarted, RunCommand
from shared.domain.run_events import AttemptStarted, ScriptStarted
from shared.domain.run_state import ADVANCES, Run
from shared.domain.value import Reason

Word = Annotated[str, AfterValidator(lambda text: text[: limits.NAME_CHARACTERS])]
"""A script can write these blobs too, and one that says too much must not stay without an end."""


class Started(BaseModel):
    """``nodes``: all nodes of the attempt, this one first, when they are several."""

    node: Word
    nodes: list[Word] = []


class Lost(BaseModel):
    reason: Reason


class OutputCounts(BaseModel):
    files: int = 0
    bytes: int = 0


class ChunkCount(BaseModel):
    chunks: int = 0


class NodeCompleted(BaseModel):
    """What one of the further nodes of the attempt left."""

    node: Annotated[int, Field(ge=1, lt=limits.NODES)]
    outputs: OutputCounts = OutputCounts()
    chunks: int = 0


class NotWritten(BaseModel):
    """A file that could not be written; the runner's log says more."""

    path: str


class WrittenOutput(BaseModel):
    name: Word
    files: int = 0
    bytes: int = 0
    failed: list[NotWritten] = []


class Completed(BaseModel):
    """What is used of ``completed.json``; ``reason`` names the outputs that could not be uploaded."""

    outcome: Outcome
    exit_code: int | None = None
    signal: Word | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    reason: Reason | None = None
    last_lines: list[str] = []
    outputs: OutputCounts = OutputCounts()
    written: list[WrittenOutput] = []
    metrics: ChunkCount = ChunkCount()
    nodes: list[NodeCompleted] = []


def _started(attempt: int, body: bytes) -> RunCommand:
    said = Started.model_validate_json(body)
    return RecordStarted(attempt, said.node, tuple(said.nodes[: limits.NODES]))


def _running(attempt: int, body: bytes) -> RunCommand:
    return RecordScriptStarted(attempt)


def _lost(attempt: int, body: bytes) -> RunCommand:
    return RecordLost(attempt, _kept(Lost.model_validate_json(body).reason))


def _completed(attempt: int, body: bytes) -> RunCommand:
    said = Completed.model_validate_json(body)
    reason = said.reason and _kept(said.reason)
    lines = tuple(line[: limits.LAST_LINE_CHARACTERS] for line in said.last_lines[-limits.LAST_LINES:])
    return RecordReport(attempt, Report(
        outcome=said.outcome, exit_code=said.exit_code, signal=said.signal, started_at=said.started_at,
        ended_at=said.ended_at, reason=reason, last_lines=lines,
        outputs=_counted(said.outputs), metric_chunks=said.metrics.chunks,
        written=tuple(Written(name=each.name, files=each.files, bytes=each.bytes, failed=len(each.failed))
                      for each in said.written[: limits.OUTPUTS]),
        nodes=tuple(NodeReport(node=each.node, outputs=_counted(each.outputs), metric_chunks=each.chunks)
                    for each in said.nodes[: limits.NODES]),
    ))


def _counted(said: OutputCounts) -> Outputs:
    return Outputs(files=said.files, bytes=said.bytes)


def _kept(reason: Reason) -> Reason:
    return Reason(code=reason.code[: limits.CODE_CHARACTERS], message=reason.message[: limits.ERROR_CHARACTERS])


SIGNALS: Mapping[str, Callable[[int, bytes], RunCommand]] = {
    "started": _started,
    "running": _running,
    "lost": _lost,
    "completed": _completed,
}
ORDER = ("started", "running", "completed")
"""The signals of an attempt that is not lost, first to last."""
BEFORE = {"started": ADVANCES[AttemptStarted][0], "running": ADVANCES[ScriptStarted][0]}
"""Signal -> the phases of a run that has yet to hear it."""


def record(backend: Backend, run_id: str, attempt: int, signal: str, body: bytes, cause: Cause) -> Run | None:
    """Record one signal. None when the name is not a signal's; a damaged ``completed`` fails the run, saying so."""
    if signal not in SIGNALS:
        return None
    _record_earlier(backend, run_id, attempt, signal, cause)
    return _record(backend, run_id, attempt, signal, body, cause)


def _record_earlier(backend: Backend, run_id: str, attempt: int, signal: str, cause: Cause) -> None:
    """Blobs of one attempt arrive in any order: what must have come before this signal is recorded before it."""
    phase = load(backend, RUN, run_stream(run_id)).phase
    for earlier in ORDER[: ORDER.index(signal)] if signal in ORDER else ():
        if phase in BEFORE[earlier]:
            body = backend.blobs.read("signals", signal_blob(run_id, attempt, earlier))
            if body is not None:
                _record(backend, run_id, attempt, earlier, body, cause)


def _record(backend: Backend, run_id: str, attempt: int, signal: str, body: bytes, cause: Cause) -> Run | None:
    try:
        command = SIGNALS[signal](attempt, body)
    except ValidationError as error:
        if signal != "completed":
            return None
        message = f"The node's report cannot be read: {error.errors()[0]['msg']}."
        command = RecordReport(attempt, Report(outcome="failed", reason=Reason(code="RunnerFailed", message=message)))
    return transact(backend, RUN, run_stream(run_id), command, cause)[0]


def sweep(backend: Backend, run: Run, cause: Cause) -> Run:
    """Record every signal of the current attempt that is in storage: an event of a blob may have been lost."""
    for signal in SIGNALS:
        body = backend.blobs.read("signals", signal_blob(run.id, run.attempt, signal))
        if body is not None:
            run = _record(backend, run.id, run.attempt, signal, body, cause) or run
    return run
