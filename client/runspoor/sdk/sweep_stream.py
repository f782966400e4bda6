"""What a sweep says while it is waited for: its trials, as they come, get on and end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from runspoor.sdk.run_status import ENDED
from runspoor.sdk.streaming import patiently
from runspoor.sdk.sweep_trials import Trial, by_metric, line

if TYPE_CHECKING:
    from runspoor.sdk.hyperdrive_run import HyperDriveRun

SHORTEST_PAUSE, LONGEST_PAUSE, CALMING_SECONDS = 0.5, 5.0, 30.0
"""Seconds between two looks: one more for each half minute."""
TOP = 10


def follow(run: HyperDriveRun) -> None:
    """Print each trial whenever its status is another one, until the sweep has ended; then the best of them."""
    print(f"RunId: {run.id}\nWeb View: {run.get_portal_url()}\n", flush=True)
    began, said = time.monotonic(), dict[str, str]()
    while True:
        has_ended = patiently(run.get_status) in ENDED  # Asked first: what is seen then is all there is.
        sweep = patiently(run._sweep)
        _tell(sweep, said)
        if has_ended:
            break
        time.sleep(min(LONGEST_PAUSE, SHORTEST_PAUSE + (time.monotonic() - began) / CALMING_SECONDS))
    print(summary(run.id, sweep), flush=True)


def _tell(sweep: dict[str, Any], said: dict[str, str]) -> None:
    for trial in sweep["trials"]:
        if said.get(trial["run_id"]) != trial["status"]:
            said[trial["run_id"]] = trial["status"]
            print(line(trial, sweep["primary_metric"]), flush=True)


def summary(run_id: str, sweep: dict[str, Any]) -> str:
    """How the sweep ended, and its best trials."""
    trials: list[Trial] = sweep["trials"]
    reason = sweep["reason"]
    lines = ["", "Execution Summary", "=================", f"RunId: {run_id}",
             f"{sweep['status']} with {len(trials)} trials{': ' + reason['message'] if reason else ''}", "",
             *(line(each, sweep["primary_metric"]) for each in by_metric(trials, sweep["goal"])[:TOP]), ""]
    return "\n".join(lines)
