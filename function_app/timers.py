"""Timers."""

import azure.functions as func

from function_app import wiring
from shared.application.backend import Cause
from shared.application.reconcile import reconcile

bp = func.Blueprint()


@bp.function_name("reconcile_runs")
@bp.timer_trigger(arg_name="timer", schedule="0 * * * * *")
def reconcile_runs(timer: func.TimerRequest) -> None:
    reconcile(wiring.backend(), Cause("system/reconcile", "timer:reconcile"))
