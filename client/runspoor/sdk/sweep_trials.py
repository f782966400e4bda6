"""The trials of a sweep as people compare them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Trial = dict[str, Any]
"""TrialModel: number, run_id, parameters, status, metric (the best value so far), reason."""


def by_metric(trials: Iterable[Trial], goal: str, reverse: bool = False) -> list[Trial]:
    """Best first, worst first with ``reverse``; of equal ones the earlier first, those without a value last."""
    sign = -1 if (goal == "maximize") != reverse else 1
    return sorted(trials, key=lambda each: (each["metric"] is None, sign * (each["metric"] or 0), each["number"]))


def parameters(trial: Trial) -> str:
    """``--rate 0.1 --layers 3``, as the script gets them."""
    return " ".join(f"{name if name.startswith('-') else f'--{name}'} {value}"
                    for name, value in trial["parameters"].items())


def line(trial: Trial, metric: str) -> str:
    """What there is to say of a trial in one line."""
    value = "" if trial["metric"] is None else f", {metric} {trial['metric']:.6g}"
    reason = trial.get("reason")
    because = f": {reason['message']}" if reason else ""
    return f"{trial['run_id']} {parameters(trial)}: {trial['status']}{value}{because}"
