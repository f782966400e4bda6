"""Timer functions: one often, one that fails before it succeeds, one started by hand."""

import azure.functions as func

from .journal import note

bp = func.Blueprint()


@bp.timer_trigger(arg_name="timer", schedule="%TICK%")
def tick(timer: func.TimerRequest) -> None:
    note(function="tick", past_due=timer.past_due)


@bp.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *")
@bp.retry(strategy="fixed_delay", max_retry_count="2", delay_interval="00:00:01")
def stubborn(timer: func.TimerRequest, context: func.Context) -> None:
    retries = context.retry_context.retry_count
    note(function="stubborn", retries=retries)
    if retries < 2:
        raise RuntimeError("not yet")


@bp.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *")
async def hopeless(timer: func.TimerRequest) -> None:
    raise RuntimeError("never")
