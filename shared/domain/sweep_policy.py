"""Which trials of a sweep are ended early: pure functions of what the trials have reported of the primary metric.

The rules are those Azure ML publishes for hyperdrive's policies. Every report counts as one interval. A policy is
applied to a trial at every ``evaluation_interval``th report from number ``delay_evaluation`` on, and compares with the
trials that have as many reports, and with all that have ended, as they ended. A trial that is ahead of all others must
have reached by now what is asked where the others are. A report that is no finite number is worse than all others.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import median
from typing import Literal

from shared.domain.errors import Invalid
from shared.domain.value import Reason, Value

Goal = Literal["maximize", "minimize"]
PolicyKind = Literal["none", "bandit", "median_stopping", "truncation_selection"]
History = Sequence[float | None]
"""What a trial has reported, in order; none is what was no finite number."""


class Policy(Value):
    """How trials are ended early. ``slack_...`` go with ``bandit``, the percentage with ``truncation_selection``."""

    kind: PolicyKind = "none"
    evaluation_interval: int = 1
    delay_evaluation: int = 0
    slack_factor: float | None = None
    slack_amount: float | None = None
    truncation_percentage: int | None = None


@dataclass(frozen=True)
class Track:
    """A trial's reports with the better ones larger: the best and the mean of the first k, for every k."""

    bests: Sequence[float]
    means: Sequence[float]
    runs: bool

    def reaches(self, reports: int) -> bool:
        """Whether it can be compared with at that report."""
        return len(self.bests) >= reports or not self.runs

    def best(self, reports: int) -> float:
        return self.bests[min(reports, len(self.bests)) - 1]

    def mean(self, reports: int) -> float:
        return self.means[min(reports, len(self.means)) - 1]


def check(policy: Policy) -> None:
    """``Invalid`` unless the policy has what it needs and nothing else."""
    slacks = (policy.slack_factor, policy.slack_amount)
    given = len([slack for slack in slacks if slack is not None])
    if policy.kind == "bandit" and given != 1:
        raise Invalid("A bandit policy has exactly one slack: give either 'slack_factor' or 'slack_amount'.")
    if policy.kind != "bandit" and given:
        raise Invalid(f"A policy of kind {policy.kind!r} has no slack: leave 'slack_factor' and 'slack_amount' out.")
    if (policy.kind == "truncation_selection") != (policy.truncation_percentage is not None):
        raise Invalid("'truncation_percentage', 1 to 99, goes with the policy 'truncation_selection', which needs it.")


def to_stop(
    policy: Policy, goal: Goal, histories: Mapping[int, History], running: Collection[int]
) -> dict[int, Reason]:
    """The running trials that are to be stopped, by number, and why."""
    rule = RULES.get(policy.kind)
    if rule is None:
        return {}
    tracks = {number: _track(goal, history, number in running) for number, history in histories.items() if history}
    found: dict[int, Reason] = {}
    for number in sorted(set(running) & set(tracks)):
        own, others = tracks[number], [track for other, track in tracks.items() if other != number]
        furthest = max((len(track.bests) if track.runs else math.inf for track in others), default=0)
        reports = _point(policy, int(min(len(own.bests), furthest)))
        peers = [track for track in tracks.values() if track.reaches(reports)]
        if reports and (bar := rule(policy, goal, reports, peers)) > own.bests[-1]:
            found[number] = _reason(policy, goal, reports, own.bests[-1], bar)
    return found


def best(goal: Goal, metrics: Mapping[int, float]) -> int | None:
    """The number of the trial with the best metric, the earliest of several; none when there are no metrics."""
    sign = 1 if goal == "maximize" else -1
    return min(metrics, key=lambda number: (-sign * metrics[number], number), default=None)


def _track(goal: Goal, history: History, runs: bool) -> Track:
    sign = 1 if goal == "maximize" else -1
    values = [-math.inf if value is None else sign * value for value in history]
    sums = accumulate(values)
    return Track(list(accumulate(values, max)), [total / count for count, total in enumerate(sums, 1)], runs)


def _point(policy: Policy, reports: int) -> int:
    """The last report at which the policy is applied to a trial that has so many; 0: none yet."""
    last = reports - reports % policy.evaluation_interval
    return last if last >= max(policy.delay_evaluation, 1) else 0


def _bandit(policy: Policy, goal: Goal, reports: int, peers: Sequence[Track]) -> float:
    """What is left of the best after the slack. A factor f leaves best / (1 + f) of what is to be large, and best *
    (1 + f) of what is to be small; the same distance holds below zero, where the division would come out above."""
    top = max(track.best(reports) for track in peers)
    if policy.slack_factor is None or math.isinf(top):
        return top - (policy.slack_amount or 0)
    factor = policy.slack_factor
    return top - abs(top) * (factor / (1 + factor) if goal == "maximize" else factor)


def _median_stopping(policy: Policy, goal: Goal, reports: int, peers: Sequence[Track]) -> float:
    """The median of the trials' running averages."""
    return median(track.mean(reports) for track in peers)


def _truncation_selection(policy: Policy, goal: Goal, reports: int, peers: Sequence[Track]) -> float:
    """The best of the worst that the percentage does not reach."""
    bests = sorted(track.best(reports) for track in peers)
    return bests[len(bests) * (policy.truncation_percentage or 0) // 100]


RULES: Mapping[PolicyKind, Callable[[Policy, Goal, int, Sequence[Track]], float]] = {
    "bandit": _bandit, "median_stopping": _median_stopping, "truncation_selection": _truncation_selection,
}
"""Kind -> the bar that a trial's best must reach at a report; the better ones are larger."""


def _reason(policy: Policy, goal: Goal, reports: int, own: float, bar: float) -> Reason:
    sign = 1 if goal == "maximize" else -1
    said = "no number" if math.isinf(own) else f"{sign * own + 0.0:g}"
    return Reason(code="StoppedEarly", message=f"The policy {policy.kind!r} stopped it at report {reports}: its "
                  f"best was {said}, and {sign * bar + 0.0:g} was needed.")
