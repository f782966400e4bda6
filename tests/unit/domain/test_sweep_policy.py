"""Early termination: the rules as Azure ML publishes them, and what holds for every policy."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import Invalid
from shared.domain.sweep_policy import Goal, Policy, best, check, to_stop

BANDIT = Policy(kind="bandit", slack_factor=0.2)
MEDIAN = Policy(kind="median_stopping")
WORST_HALF = Policy(kind="truncation_selection", truncation_percentage=50)
POLICIES = st.sampled_from([BANDIT, Policy(kind="bandit", slack_amount=0.1), MEDIAN, WORST_HALF])
HISTORIES = st.dictionaries(st.integers(0, 9), st.lists(st.none() | st.floats(-9, 9), max_size=8), max_size=8)
GOALS = st.sampled_from(["maximize", "minimize"])


def stopped(policy: Policy, *histories: Sequence[float | None], goal: Goal = "maximize") -> list[int]:
    return list(to_stop(policy, goal, dict(enumerate(histories)), range(len(histories))))


def test_the_published_example_of_bandit() -> None:
    """0.8 is the best at an interval: with a slack factor of 0.2, what is below 0.8 / 1.2 ends."""
    assert stopped(BANDIT, [0.8], [0.66], [0.67]) == [1]
    assert stopped(BANDIT, [0.5], [0.61], [0.59], goal="minimize") == [1]
    assert stopped(Policy(kind="bandit", slack_amount=0.1), [0.8], [0.69], [0.71]) == [1]


def test_bandit_never_ends_the_best_below_zero() -> None:
    assert stopped(BANDIT, [-1.0], [-1.1], [-1.3]) == [2]
    assert stopped(BANDIT, [-1.0], [-0.9], [-0.7], goal="minimize") == [2]


def test_a_trial_counts_by_its_best_so_far() -> None:
    assert stopped(BANDIT, [0.9, 0.1], [0.1, 0.9]) == []


def test_median_stopping_compares_with_the_median_of_the_averages() -> None:
    assert stopped(MEDIAN, [1.0, 1.0], [0.5, 0.5], [0.2, 0.2]) == [2]
    assert stopped(MEDIAN, [1.0, 1.0], [0.5, 0.5], [0.2, 0.6]) == []  # its best is as good as the median


def test_truncation_ends_the_lowest_share() -> None:
    fifth = Policy(kind="truncation_selection", truncation_percentage=20)
    values: list[list[float | None]] = [[n / 10] for n in range(10)]
    assert stopped(fifth, *values) == [0, 1]
    assert stopped(fifth, *values, goal="minimize") == [8, 9]
    assert stopped(fifth, *values[:4]) == []  # a fifth of four is none
    assert stopped(WORST_HALF, [1.0], [1.0], [1.0]) == []  # none is worse


def test_intervals_and_delay_are_counted_in_reports() -> None:
    late = BANDIT.model_copy(update={"evaluation_interval": 2, "delay_evaluation": 5})
    good, bad = [1.0] * 9, [0.1] * 9
    assert [stopped(late, good, bad[:reports]) for reports in (4, 5, 6, 7)] == [[], [], [1], [1]]


def test_a_trial_is_compared_where_others_are() -> None:
    assert stopped(BANDIT, [0.1]) == []
    assert stopped(BANDIT, [0.5, 0.1, 0.1], [0.5]) == []
    assert stopped(BANDIT, [0.1, 0.9], [0.9]) == []  # it has caught up by now
    assert stopped(BANDIT, [0.1, 0.1], [0.9, 0.9], [0.9]) == [0]


def test_ended_trials_set_the_bar_but_are_not_ended_again() -> None:
    histories: dict[int, list[float | None]] = {0: [0.9], 1: [0.1], 2: [0.1]}
    assert list(to_stop(BANDIT, "maximize", histories, [2])) == [2]
    ahead: dict[int, list[float | None]] = {0: [0.9], 1: [0.1] * 100}
    assert list(to_stop(BANDIT, "maximize", ahead, [1])) == [1]


def test_what_is_no_number_is_worst() -> None:
    assert stopped(BANDIT, [0.5], [None]) == [1]
    assert stopped(BANDIT, [0.5], [None], goal="minimize") == [1]
    assert "no number" in to_stop(BANDIT, "minimize", {0: [0.5], 1: [None]}, [1])[1].message


def test_the_reason_has_the_metric_as_it_was_logged() -> None:
    reason = to_stop(BANDIT, "minimize", {0: [0.5], 1: [2.0]}, [1])[1]
    assert reason.code == "StoppedEarly"
    assert "at report 1: its best was 2, and 0.6 was needed" in reason.message


@given(POLICIES, GOALS, HISTORIES)
def test_the_best_is_never_ended(policy: Policy, goal: Goal, histories: dict[int, list[float | None]]) -> None:
    ended = to_stop(policy, goal, histories, list(histories))
    assert set(ended) <= set(histories)
    assert all(histories[number] for number in ended)
    numbers = [value for history in histories.values() for value in history if value is not None]
    top = (max if goal == "maximize" else min)(numbers, default=None)
    lengths = {len(history) for history in histories.values()}
    if top is not None and len(lengths) == 1:
        assert any(top in history and number not in ended for number, history in histories.items())


@given(POLICIES, HISTORIES)
def test_minimizing_is_maximizing_the_negative(policy: Policy, histories: dict[int, list[float | None]]) -> None:
    if policy.slack_factor is not None:
        return  # A factor is another distance in each direction.
    negative = {n: [None if value is None else -value for value in history] for n, history in histories.items()}
    assert list(to_stop(policy, "minimize", histories, list(histories))) == list(
        to_stop(policy, "maximize", negative, list(histories)))


def test_no_policy_ends_nothing() -> None:
    assert stopped(Policy(), [1.0], [-1e9]) == []


def test_the_best_is_the_earliest_of_equals() -> None:
    assert best("maximize", {3: 0.5, 1: 0.9, 2: 0.9}) == 1
    assert best("minimize", {3: 0.5, 1: 0.9, 4: 0.5}) == 3
    assert best("minimize", {}) is None


@pytest.mark.parametrize(("policy", "words"), [
    (Policy(kind="bandit"), "exactly one slack"),
    (Policy(kind="bandit", slack_factor=1, slack_amount=1), "exactly one slack"),
    (Policy(kind="median_stopping", slack_factor=1), "has no slack"),
    (Policy(kind="truncation_selection"), "needs it"),
    (Policy(kind="bandit", slack_factor=1, truncation_percentage=5), "goes with the policy"),
])
def test_a_policy_that_cannot_be_applied_is_refused(policy: Policy, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        check(policy)
