"""NCRONTAB expressions and time spans."""

from datetime import UTC, datetime, timedelta

import pytest

from local.host import ncrontab, timespan

NOON = datetime(2026, 11, 20, 12, 0, 0, 500_000, tzinfo=UTC)  # a Friday


@pytest.mark.parametrize(("schedule", "due"), [
    ("* * * * * *", "2026-11-20T12:00:01"),
    ("*/15 * * * * *", "2026-11-20T12:00:15"),
    ("0 * * * * *", "2026-11-20T12:01:00"),
    ("0 */5 * * * *", "2026-11-20T12:05:00"),
    ("*/5 * * * *", "2026-11-20T12:05:00"),
    ("0 0 9-17 * * Mon-Fri", "2026-11-20T13:00:00"),
    ("0 30 9 * * 1", "2026-11-23T09:30:00"),
    ("0 0 0 * * 7", "2026-11-22T00:00:00"),
    ("0 0 0 * * Sunday", "2026-11-22T00:00:00"),
    ("0 0 0 1 Jan *", "2027-01-01T00:00:00"),
    ("0 0 0 29 2 *", "2028-02-29T00:00:00"),
    ("5,10 10/20 * * * *", "2026-11-20T12:10:05"),
    ("0 0 0 31 * *", "2026-12-31T00:00:00"),
    ("00:00:30", "2026-11-20T12:00:30.500000"),
    ("1.00:00:00", "2026-11-21T12:00:00.500000"),
])
def test_due(schedule: str, due: str) -> None:
    assert ncrontab.parse(schedule).after(NOON) == datetime.fromisoformat(due).replace(tzinfo=UTC)


@pytest.mark.parametrize("schedule", [
    "", "* * * *", "* * * * * * *", "60 * * * * *", "* * 24 * * *", "* * * 0 * *", "* * * * 13 *", "* * * * * 8",
    "5-1 * * * * *", "*/0 * * * * *", "x * * * * *", "-1 * * * * *", "1- * * * * *", "² * * * * *", "24:00",
])
def test_refused(schedule: str) -> None:
    with pytest.raises(ValueError, match=r"schedule|second|hour|day|month|span"):
        ncrontab.parse(schedule)


def test_a_day_that_never_comes() -> None:
    with pytest.raises(ValueError, match="never due"):
        ncrontab.parse("0 0 0 30 2 *").after(NOON)


def test_due_times_follow_each_other() -> None:
    schedule, at = ncrontab.parse("*/20 * * * * *"), NOON
    due = []
    for _ in range(4):
        at = schedule.after(at)
        due.append(at.second)
    assert due == [20, 40, 0, 20]
    assert at - NOON < timedelta(minutes=2)


@pytest.mark.parametrize(("text", "seconds"), [
    ("00:00:30", 30), ("01:02:03", 3723), ("1.00:00:00", 86400), ("00:00:00.25", 0.25)])
def test_time_span(text: str, seconds: float) -> None:
    assert timespan.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "30", "00:30", "None", "a:b:c", "-00:00:01"])
def test_no_time_span(text: str) -> None:
    assert not timespan.is_time_span(text)
    with pytest.raises(ValueError, match="hh:mm:ss"):
        timespan.seconds(text)
