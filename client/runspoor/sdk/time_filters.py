"""Rows by when they were."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

from runspoor.sdk.conditions import Column, Condition
from runspoor.sdk.dataset_steps import DatasetOfParts
from runspoor.sdk.exceptions import DatasetTimestampMissingError, UserErrorException

Self = TypeVar("Self", bound="TimedRows")


class TimedRows(DatasetOfParts):
    """Rows with a column that says when. Times with a zone are compared as UTC, those without as they are."""

    @property
    def timestamp_columns(self) -> tuple[str | None, str | None]:
        """The column that says when a row was, and the one that says it of its part of the data."""
        reading = self._definition.get("reading") or {}
        return reading.get("timestamp"), reading.get("partition_timestamp")

    def with_timestamp_columns(self: Self, timestamp: str | None = None, partition_timestamp: str | None = None,
                               validate: bool = False, **kwargs: object) -> Self:
        """The dataset with these columns saying when (none: none); ``validate``: look now whether they are there."""
        marks = {"timestamp": timestamp, "partition_timestamp": partition_timestamp}
        made = self._changed(reading={**self._definition["reading"], **marks})
        named = [each for each in marks.values() if each]
        if validate and named:
            made._after("keep_columns", columns=named)._checked(True)
        return made

    def time_before(self: Self, end_time: datetime, include_boundary: bool = True, validate: bool = True) -> Self:
        """The rows up to a point in time. DatasetTimestampMissingError when no column says when."""
        return self._where(self._until(end_time, include_boundary), validate)

    def time_after(self: Self, start_time: datetime, include_boundary: bool = True, validate: bool = True) -> Self:
        """The rows from a point in time on. DatasetTimestampMissingError when no column says when."""
        return self._where(self._from(start_time, include_boundary), validate)

    def time_between(self: Self, start_time: datetime, end_time: datetime, include_boundary: bool = True,
                     validate: bool = True) -> Self:
        """The rows between two points in time. DatasetTimestampMissingError when no column says when."""
        return self._where(self._from(start_time, include_boundary) & self._until(end_time, include_boundary), validate)

    def time_recent(self: Self, time_delta: timedelta, include_boundary: bool = True, validate: bool = True) -> Self:
        """The rows of the last ``time_delta`` before this call, in UTC."""
        if not isinstance(time_delta, timedelta):
            raise UserErrorException(f"time_delta is a datetime.timedelta, and not {time_delta!r}.")
        return self.time_after(datetime.now(timezone.utc) - time_delta, include_boundary, validate)

    def _from(self, start: Any, included: bool) -> Condition:
        return self._when() >= _time(start) if included else self._when() > _time(start)

    def _until(self, end: Any, included: bool) -> Condition:
        return self._when() <= _time(end) if included else self._when() < _time(end)

    def _when(self) -> Column:
        name = next(filter(None, self.timestamp_columns), None)
        if name is None:
            raise DatasetTimestampMissingError("No column of the dataset says when its rows were: name one with "
                                               "with_timestamp_columns('day').")
        return Column(name)

    def _where(self: Self, condition: Condition, validate: bool) -> Self:
        return self._after("filter", where=condition.document)._checked(validate)

    def _checked(self: Self, validate: bool) -> Self:
        """The same; with ``validate`` after a look whether it can be read."""
        raise NotImplementedError


def _time(value: Any) -> datetime:
    if not isinstance(value, datetime):
        raise UserErrorException(f"A point in time is a datetime.datetime, and not {value!r}.")
    return value
