"""The life of a run as a Mermaid diagram, drawn by asking the rules themselves.

    python -m tests.unit.domain.phase_diagram

prints what docs/architecture.md shows.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import get_args

from shared.application.codec import NAMES
from shared.domain.definition import Outcome, Outputs, Report
from shared.domain.errors import Refusal
from shared.domain.run import RUN
from shared.domain.run_commands import (
    EndRun,
    GiveUp,
    OpenAttempt,
    RecordCancelDelivered,
    RecordLost,
    RecordQueued,
    RecordReport,
    RecordScriptStarted,
    RecordStarted,
    RequestCancel,
    RunCommand,
    SubmitRun,
)
from shared.domain.run_events import RunEvent
from shared.domain.run_state import ENDED, ON_BATCH, Phase, Run
from shared.domain.value import Reason
from tests.contract.examples import DEFINITION

Edge = tuple[Phase, type[RunEvent], Phase]
AT = datetime(2026, 11, 20, tzinfo=UTC)
BROKEN, TOO_LONG = Reason(code="NoReport", message="-"), Reason(code="TimeLimit", message="-")


def commands(attempt: int) -> list[RunCommand]:
    """Everything that can move a run whose current attempt is this one."""
    return [
        SubmitRun(DEFINITION.model_copy(update={"max_attempts": 2})), OpenAttempt(attempt + 1),
        RecordQueued(attempt, "task"), RecordStarted(attempt, "node"), RecordScriptStarted(attempt),
        RecordLost(attempt, BROKEN), *(RecordReport(attempt, Report(outcome=each)) for each in get_args(Outcome)),
        RequestCancel("caller"), RecordCancelDelivered(attempt), GiveUp(attempt, BROKEN), GiveUp(attempt, TOO_LONG),
        EndRun(Outputs()), EndRun(Outputs(), BROKEN),
    ]


def edges() -> set[Edge]:
    """Every change of phase that some sequence of commands leads to."""
    found: set[Edge] = set()
    seen: set[object] = set()
    waiting = [Run("run")]
    while waiting:
        before = waiting.pop()
        kind = (before.phase, before.submitted is None, before.attempt, bool(before.cancel), before.report)
        for command in () if kind in seen else commands(before.attempt):
            run = before
            for event in _decided(before, command):
                after = RUN.evolve(run, event, AT)
                found |= {(run.phase, type(event), after.phase)} if after.phase is not run.phase else set()
                run = after
            waiting.append(run)
        seen.add(kind)
    return found


def _decided(run: Run, command: RunCommand) -> Sequence[RunEvent]:
    try:
        return RUN.decide(run, command)
    except Refusal:
        return ()


def diagram() -> str:
    """The edges as a state diagram. What may happen in every phase of an open attempt is drawn once, from its box."""
    found = edges()
    order = list(Phase)

    def drawn(edge: Edge) -> str:
        phase, event, target = edge
        is_common = phase in ON_BATCH and all((each, event, target) in found for each in ON_BATCH)
        return f"{'attempt' if is_common else phase} --> {target}: {NAMES[event]}"

    ordered = sorted(found, key=lambda edge: (order.index(edge[0]), order.index(edge[2]), NAMES[edge[1]]))
    inside = [f"    {drawn(edge)}" for edge in ordered if edge[0] in ON_BATCH and edge[2] in ON_BATCH]
    outside = dict.fromkeys(drawn(edge) for edge in ordered if not (edge[0] in ON_BATCH and edge[2] in ON_BATCH))
    lines = ["[*] --> NotStarted: run.submitted", 'state "an attempt is open" as attempt {', *inside, "}", *outside,
             *(f"{phase} --> [*]" for phase in ENDED)]
    return "\n".join(["stateDiagram-v2", *(f"    {line}" for line in lines)])


if __name__ == "__main__":
    print(diagram())
