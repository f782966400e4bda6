"""What a command decides about a run. Every rule about the life of a run is here or in the tables of ``run_state``.

Two facts shape the rules. Signals arrive twice, late and out of order, so what is behind the run's phase is already so
(``[]``). And attempts are fenced: only the current attempt may move the run; what an older one says changes nothing.
"""

from collections.abc import Mapping
from typing import assert_never

from shared.domain.decider import Decider
from shared.domain.errors import NotFound, Rejected
from shared.domain.labels import check_properties, check_tags, new_properties
from shared.domain.run_commands import (
    DescribeRun,
    EndInteractive,
    EndRun,
    GiveUp,
    OpenAttempt,
    RecordCancelDelivered,
    RecordDelay,
    RecordLost,
    RecordQueued,
    RecordReport,
    RecordScriptStarted,
    RecordStarted,
    RecordStored,
    RemoveTag,
    RequestCancel,
    RunCommand,
    SetProperties,
    SubmitRun,
    TagRun,
)
from shared.domain.run_events import (
    AttemptEnded,
    AttemptLost,
    AttemptOpened,
    AttemptQueued,
    AttemptStarted,
    CancelDelivered,
    CancelRequested,
    DelayReported,
    End,
    LateReportIgnored,
    PropertiesSet,
    RunDescribed,
    RunEnded,
    RunEvent,
    RunSubmitted,
    RunTagged,
    ScriptStarted,
    TagRemoved,
)
from shared.domain.run_state import ADVANCES, ON_BATCH, Phase, Run, evolve
from shared.domain.value import Reason

ENDS: Mapping[str, End] = {
    "succeeded": "Completed", "failed": "Failed", "canceled": "Canceled", "time_limit": "Canceled",
}
"""What a node reports -> how the run ends. A run over its time limit is canceled, as Azure ML has it."""
STOPPED = "The attempt was lost: Batch told its node to stop, and nobody had canceled the run."
"""A preempted or drained node may have the time to say goodbye; what it could not finish is done again."""
CANCELING_CODES = ("TimeLimit", "Canceled")
CALLER = "caller"
"""The node of an interactive run."""
BACKEND = "backend"
"""Of the own run of a sweep."""


def decide(run: Run, command: RunCommand) -> list[RunEvent]:
    """The events ``command`` makes of ``run``; ``[]`` when it is already so; a ``Refusal`` when it cannot be."""
    if isinstance(command, SubmitRun):
        return _submit(run, command)
    if run.definition is None:
        raise unknown(run.id)
    match command:
        case OpenAttempt():
            return _open(run, command)
        case RecordQueued():
            return _move(run, command.attempt, AttemptQueued(attempt=command.attempt, task_id=command.task_id))
        case RecordStarted():
            started = AttemptStarted(attempt=command.attempt, node=command.node, nodes=command.nodes)
            return _move(run, command.attempt, started)
        case RecordScriptStarted():
            return _move(run, command.attempt, ScriptStarted(attempt=command.attempt))
        case RecordLost():
            return _lose(run, command)
        case RecordReport():
            return _report(run, command)
        case RequestCancel():
            return _cancel(run, command)
        case RecordCancelDelivered():
            deliverable = run.cancel and not run.cancel.delivered_at and _is_open(run, command.attempt)
            return [CancelDelivered(attempt=command.attempt)] if deliverable else []
        case RecordDelay():
            waits = run.phase in ON_BATCH and (run.delay is None or run.delay.code != command.reason.code)
            return [DelayReported(reason=command.reason)] if waits else []
        case GiveUp():
            given_up = _is_open(run, command.attempt) or _is_awaited(run, command.attempt)
            return [_end(run, command.reason)] if given_up else []
        case RecordStored():
            return _store(run, command)
        case EndRun():
            return _finish(run, command)
        case EndInteractive():
            return _end_interactive(run, command)
        case TagRun():
            return _tag(run, command)
        case RemoveTag():
            return [TagRemoved(name=command.name)] if command.name in run.tags else []
        case DescribeRun():
            return _describe(run, command)
        case SetProperties():
            return _set_properties(run, command)
        case _:
            assert_never(command)


RUN = Decider(Run, decide, evolve)


def unknown(run_id: str) -> NotFound:
    """The refusal of a request about a run that nobody has submitted."""
    return NotFound(f"There is no run {run_id!r}: check the id, or list the runs of its experiment.")


def _submit(run: Run, command: SubmitRun) -> list[RunEvent]:
    submitted = RunSubmitted(definition=command.definition, tags=command.tags, properties=command.properties)
    if run.submitted == submitted:
        return []
    if run.definition is not None:
        raise Rejected(f"Run {run.id!r} exists with other contents: use another Idempotency-Key or run id.")
    check_tags(command.tags)
    check_properties(command.properties)
    if not command.definition.is_interactive:
        return [submitted]
    node = BACKEND if command.definition.sweep else CALLER
    first = AttemptOpened(attempt=1), AttemptStarted(attempt=1, node=node), ScriptStarted(attempt=1)
    return [submitted, *first]


def _is_open(run: Run, attempt: int) -> bool:
    return run.phase in ON_BATCH and attempt == run.attempt


def _is_local(run: Run) -> bool:
    return run.definition is not None and run.definition.is_local


def _is_awaited(run: Run, attempt: int) -> bool:
    """Whether the caller's machine has yet to begin."""
    return _is_local(run) and run.phase is Phase.NOT_STARTED and attempt == run.attempt


def _move(run: Run, attempt: int, event: RunEvent) -> list[RunEvent]:
    allowed, _ = ADVANCES[type(event)]
    return [event] if attempt == run.attempt and run.phase in allowed else []


def _open(run: Run, command: OpenAttempt) -> list[RunEvent]:
    next_one = run.phase is Phase.NOT_STARTED and command.attempt == run.attempt + 1
    return [AttemptOpened(attempt=command.attempt)] if next_one else []


def _lose(run: Run, command: RecordLost) -> list[RunEvent]:
    if not _is_open(run, command.attempt):
        return []
    lost = AttemptLost(attempt=command.attempt, reason=command.reason)
    if run.cancel:
        return [lost, _end(run, command.reason)]
    assert run.definition
    if command.attempt < run.definition.max_attempts:
        return [lost]
    message = f"All {run.definition.max_attempts} attempts were lost; the last because: {command.reason.message}"
    return [lost, _end(run, Reason(code="AttemptsExhausted", message=message))]


def _report(run: Run, command: RecordReport) -> list[RunEvent]:
    if _is_open(run, command.attempt):
        if command.report.outcome == "canceled" and run.cancel is None and not _is_local(run):
            return _lose(run, RecordLost(command.attempt, Reason(code="NodeStopped", message=STOPPED)))
        return [AttemptEnded(attempt=command.attempt, report=command.report)]
    is_stale = command.attempt < run.attempt or command.attempt in run.lost or (run.ended and run.report is None)
    # That an attempt which was told to stop has stopped is no news.
    if is_stale and command.attempt not in run.late and command.report.outcome != "canceled":
        return [LateReportIgnored(attempt=command.attempt, outcome=command.report.outcome)]
    return []


def _cancel(run: Run, command: RequestCancel) -> list[RunEvent]:
    if run.cancel or run.phase is Phase.CANCELED:
        return []
    if run.ended or run.phase is Phase.FINALIZING:
        raise Rejected(f"Run {run.id!r} is {run.phase.value} already; there is nothing left to cancel.")
    requested = CancelRequested(by=command.by, reason=command.reason)
    assert run.definition
    if run.phase is not Phase.NOT_STARTED and not run.definition.is_interactive:
        return [requested]
    return [requested, RunEnded(status="Canceled", reason=_canceled_by(command.by, command.reason))]


def _canceled_by(by: str, reason: str | None) -> Reason:
    return Reason(code="Canceled", message=f"Canceled by {by}" + (f": {reason}" if reason else "."))


def _end(run: Run, reason: Reason) -> RunEnded:
    """The end of a run whose node did not report one."""
    if run.cancel:
        return RunEnded(status="Canceled", reason=_canceled_by(run.cancel.by, run.cancel.reason))
    return RunEnded(status="Canceled" if reason.code in CANCELING_CODES else "Failed", reason=reason)


def _store(run: Run, command: RecordStored) -> list[RunEvent]:
    """Once per output, when the attempt that counts writes no more: while the run is finalized, or after its end."""
    assert run.definition
    name = command.stored.name
    known = name in run.definition.outputs and name not in run.stored
    over = run.phase is Phase.FINALIZING or run.ended
    return [command.stored] if known and over and command.stored.attempt == run.attempt else []


def _finish(run: Run, command: EndRun) -> list[RunEvent]:
    if run.phase is not Phase.FINALIZING or run.report is None:
        return []
    status, reason = ENDS[run.report.outcome], run.report.reason
    if run.report.outcome == "canceled" and run.cancel:
        reason = _canceled_by(run.cancel.by, run.cancel.reason)
    if command.problem and status == "Completed":
        status, reason = "Failed", command.problem
    return [RunEnded(status=status, reason=reason, outputs=command.outputs)]


def _end_interactive(run: Run, command: EndInteractive) -> list[RunEvent]:
    assert run.definition
    said, report = run.report, command.report
    if not run.definition.is_interactive:
        raise Rejected(f"Run {run.id!r} ends when its script does: cancel it to end it before.")
    if said and (said.outcome, said.reason) == (report.outcome, report.reason):
        return []
    if run.phase is not Phase.RUNNING:
        raise Rejected(f"Run {run.id!r} is {run.phase.value} already; its end does not change any more.")
    return [AttemptEnded(attempt=run.attempt, report=report)]


def _describe(run: Run, command: DescribeRun) -> list[RunEvent]:
    named = _news(run.display_name, command.display_name)
    described = _news(run.description, command.description)
    changes = named is not None or described is not None
    return [RunDescribed(display_name=named, description=described)] if changes else []


def _news(known: str | None, wanted: str | None) -> str | None:
    return None if wanted is None or wanted == (known or "") else wanted


def _tag(run: Run, command: TagRun) -> list[RunEvent]:
    new = {n: v for n, v in command.tags.items() if _is_news(run, n, v, command)}
    check_tags({**{n: t.value for n, t in run.tags.items()}, **new})
    return [RunTagged(tags=new, position=command.position)] if new else []


def _is_news(run: Run, name: str, value: str, command: TagRun) -> bool:
    """A chunk that arrives late must not undo what a later chunk of the same run has set, or a caller removed."""
    known = run.tags.get(name)
    position = known.position if known else run.untagged.get(name)
    if position and command.position:
        return command.position > position
    return known is None or known.value != value


def _set_properties(run: Run, command: SetProperties) -> list[RunEvent]:
    new = new_properties(run.properties, command.properties)
    return [PropertiesSet(properties=new)] if new else []
