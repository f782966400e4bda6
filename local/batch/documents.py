"""What every Batch resource has in common: a JSON document, its version (ETag), its times and its state."""

import itertools
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from pydantic import TypeAdapter

# A JSON object as on the wire. Its values are any JSON; keys that start with "_" are the emulator's own and stay here.
Document = dict[str, Any]
Key = tuple[str, ...]

_counter = itertools.count()
_duration = TypeAdapter(timedelta)


def key(*ids: str) -> Key:
    """Batch's ids keep their case but compare without it."""
    return tuple(part.lower() for part in ids)


def now() -> str:
    """This moment as Batch writes it: ISO 8601, UTC, microseconds."""
    return timestamp(datetime.now(UTC))


def timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def http_date(text: str) -> str:
    return format_datetime(moment(text), usegmt=True)


def parse_duration(text: str) -> timedelta:
    """An ISO 8601 duration. Raises ValueError."""
    if not text.startswith(("P", "-P")):
        raise ValueError(f"{text!r} is not an ISO 8601 duration")
    return _duration.validate_python(text)


def seconds(duration: str | None) -> float | None:
    """An ISO 8601 duration in seconds; none, and Batch's "unlimited" (over 10,000 days), is None."""
    if duration is None:
        return None
    span = parse_duration(duration)
    return None if span.days > 10_000 else span.total_seconds()


def created(document: Document, state: str) -> Document:
    """Give a new resource its times, ETag and first state."""
    document["creationTime"] = now()
    modified(document)
    enter(document, state)
    return document


def modified(document: Document) -> Document:
    """A new version. Only what a client may set counts: state changes keep the ETag, as in Batch."""
    document["lastModified"] = now()
    document["eTag"] = f"0x8{time.time_ns():016X}{next(_counter) % 0xFFF:03X}"
    return document


def enter(document: Document, state: str) -> Document:
    """Change state, keeping the previous one."""
    if "state" in document:
        document["previousState"] = document["state"]
        document["previousStateTransitionTime"] = document["stateTransitionTime"]
    document["state"] = state
    document["stateTransitionTime"] = now()
    return document


def wire(document: Document) -> Document:
    """The document as clients see it."""
    return {name: value for name, value in document.items() if not name.startswith("_")}
