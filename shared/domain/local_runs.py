"""Runs on the caller's own machine: when their silence ends them, and why they are where they are. Pure."""

from datetime import datetime, timedelta

from shared.domain.run_commands import GiveUp
from shared.domain.run_state import ON_BATCH, Phase, Run
from shared.domain.value import Reason

BEGIN_WITHIN = timedelta(minutes=15)
"""From the submission until the caller's machine asks for the attempt."""
SILENT_FOR = timedelta(minutes=5)
"""The runner gives a sign of life every 30 s; a machine may be away for a moment."""
DOUBTFUL_AFTER = timedelta(minutes=1)


def heard_of(run: Run, alive: datetime | None) -> datetime | None:
    """When the caller's machine was last heard of: its last sign of life, or what the run itself shows."""
    return max((at for at in (run.since, alive) if at), default=None)


def may_have_missed(run: Run, alive: datetime | None, now: datetime) -> bool:
    """Whether the machine may have said more than has arrived here."""
    heard = heard_of(run, alive)
    return run.phase is not Phase.RUNNING or heard is None or now - heard >= DOUBTFUL_AFTER


def conclude(run: Run, alive: datetime | None, now: datetime) -> GiveUp | None:
    """The command that follows from silence; none while there is no reason to doubt. ``alive``: the last sign of life.

    An interactive run may be silent for as long as its caller thinks.
    """
    heard = heard_of(run, alive)
    if run.definition is None or run.definition.is_interactive or heard is None:
        return None
    if run.phase is Phase.NOT_STARTED and now - heard >= BEGIN_WITHIN:
        return GiveUp(run.attempt, Reason(code="NotBegun", message=_not_begun()))
    if run.phase in ON_BATCH and now - heard >= SILENT_FOR:
        return GiveUp(run.attempt, Reason(code="NodeLost", message=_silent(heard)))
    return None


def _not_begun() -> str:
    return (f"The caller's machine did not begin the run within {_minutes(BEGIN_WITHIN)}: the client that submitted it "
            "ended before that. Submit it again.")


def _silent(heard: datetime) -> str:
    return (f"The caller's machine was not heard of since {heard:%Y-%m-%d %H:%M:%S} UTC: it was switched off, fell "
            "asleep, lost its network, or the runner was killed.")


def _minutes(time: timedelta) -> str:
    return f"{time.total_seconds() / 60:.0f} minutes"
