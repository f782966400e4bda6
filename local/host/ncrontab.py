"""NCRONTAB expressions: ``{second} {minute} {hour} {day} {month} {day of week}``, in UTC.

https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from local.host import timespan

_MONTHS = {name: index for index, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}
_DAYS = {name: index for index, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_FIELDS: tuple[tuple[str, int, int, Mapping[str, int]], ...] = (
    ("second", 0, 59, {}), ("minute", 0, 59, {}), ("hour", 0, 23, {}), ("day", 1, 31, {}), ("month", 1, 12, _MONTHS),
    ("day of week", 0, 7, _DAYS),
)
_FARTHEST = timedelta(days=366 * 8 + 2)  # the longest wait for a 29 February, over a century that skips one


@dataclass(frozen=True)
class Crontab:
    """When a timer is due: the allowed values of each field (Sunday is 0)."""

    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def after(self, now: datetime) -> datetime:
        """The first due time after ``now`` (UTC). Raises ValueError when there is none, as for 30 February."""
        at = now.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
        limit = at + _FARTHEST
        while at < limit:
            if at.month not in self.months or at.day not in self.days or at.isoweekday() % 7 not in self.weekdays:
                at = at.replace(hour=0, minute=0, second=0) + timedelta(days=1)
            elif at.hour not in self.hours:
                at = at.replace(minute=0, second=0) + timedelta(hours=1)
            elif at.minute not in self.minutes:
                at = at.replace(second=0) + timedelta(minutes=1)
            elif at.second not in self.seconds:
                at += timedelta(seconds=1)
            else:
                return at
        raise ValueError("the schedule is never due")


@dataclass(frozen=True)
class Interval:
    """A schedule that is due every so many seconds."""

    seconds: float

    def after(self, now: datetime) -> datetime:
        """The first due time after ``now`` (UTC)."""
        return now + timedelta(seconds=self.seconds)


Schedule = Crontab | Interval


def parse(text: str) -> Schedule:
    """Read an NCRONTAB expression of six fields (or five, for second 0), or a time span. Raises ValueError."""
    if timespan.is_time_span(text):
        return Interval(timespan.seconds(text))
    words = text.split()
    words = ["0", *words] if len(words) == 5 else words
    if len(words) != len(_FIELDS):
        raise ValueError(f"the schedule {text!r} must have six fields or be a time span")
    *fields, weekdays = (_field(word, *field) for word, field in zip(words, _FIELDS, strict=True))
    return Crontab(fields[0], fields[1], fields[2], fields[3], fields[4], frozenset(day % 7 for day in weekdays))


def _field(word: str, name: str, least: int, most: int, names: Mapping[str, int]) -> frozenset[int]:
    values: set[int] = set()
    for part in word.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        low = least if span == "*" else _number(first, name, least, most, names)
        high = _number(last, name, least, most, names) if dash else most if span == "*" or step else low
        stride = _number(step, name, 1, max(most, 1), {}) if step else 1
        if high < low:
            raise ValueError(f"the {name} {part!r} ends before it begins")
        values |= set(range(low, high + 1, stride))
    return frozenset(values)


def _number(word: str, name: str, least: int, most: int, names: Mapping[str, int]) -> int:
    value = names.get(word[:3].lower(), int(word) if word.isascii() and word.isdigit() else None)
    if value is None or not least <= value <= most:
        raise ValueError(f"the {name} {word!r} is not from {least} to {most}")
    return value
