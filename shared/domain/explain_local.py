"""Why a run on the caller's machine, or an interactive one, is where it is. Pure: every case is tested."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from shared.domain.explain import Explanation, explain
from shared.domain.local_runs import BEGIN_WITHIN, SILENT_FOR, heard_of
from shared.domain.run_state import ON_BATCH, Phase, Run


def explain_local(run: Run, alive: datetime | None, now: datetime) -> Explanation:
    """The explanation for ``run``, whose machine gave its last sign of life at ``alive``."""
    own = EXPLANATIONS.get(run.phase)
    if own is None or run.since is None or (run.cancel and run.phase in ON_BATCH):
        return explain(run, None, None, now, timedelta())
    if run.definition and run.definition.sweep:
        return Explanation("trials", "The sweep goes on: its children are its trials.",
                           "It ends when they have and no more are to be tried, or somebody cancels it.")
    if run.definition and run.definition.is_interactive:
        return Explanation("caller", "The run is interactive: the caller itself logs to it.",
                           "It ends when the caller ends it, or somebody cancels it.")
    return own(run, heard_of(run, alive) or run.since)


def _not_started(run: Run, heard: datetime) -> Explanation:
    return Explanation("caller", "The caller's machine has not begun the run yet.",
                       f"If it does not, the run fails at {_time(heard + BEGIN_WITHIN)}.")


def _preparing(run: Run, heard: datetime) -> Explanation:
    return Explanation("runner", "The caller's machine has the task and starts the runner.", _silence(heard))


def _starting(run: Run, heard: datetime) -> Explanation:
    return Explanation("node", f"The caller's machine, {run.node}, prepares the source files and the environment.",
                       f"Then the script starts. {_silence(heard)}")


def _running(run: Run, heard: datetime) -> Explanation:
    limit = run.definition.max_run_duration_seconds if run.definition else None
    stopped = f"It is stopped at {_time(run.started_at + timedelta(seconds=limit))} latest. " \
        if limit and run.started_at else ""
    return Explanation("script", f"The script runs on the caller's machine, {run.node}.", stopped + _silence(heard))


def _silence(heard: datetime) -> str:
    return (f"The machine was last heard of at {_time(heard)}; if it stays silent the run fails at "
            f"{_time(heard + SILENT_FOR)}.")


def _time(at: datetime) -> str:
    return at.strftime("%H:%M:%S UTC")


EXPLANATIONS: Mapping[Phase, Callable[[Run, datetime], Explanation]] = {
    Phase.NOT_STARTED: _not_started,
    Phase.PREPARING: _preparing,
    Phase.STARTING: _starting,
    Phase.RUNNING: _running,
}
"""In every other phase it is as on Batch."""
