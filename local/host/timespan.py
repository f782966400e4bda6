"""Time spans as host.json and triggers write them: ``[d.]hh:mm:ss[.fraction]``."""

import re

_TIME_SPAN = re.compile(r"(?:(?P<days>\d+)\.)?(?P<hours>\d{1,2}):(?P<minutes>\d{1,2}):(?P<seconds>\d{1,2}(?:\.\d+)?)")
UNLIMITED = "-1"


def seconds(text: str) -> float:
    """The length of a time span in seconds. Raises ValueError when ``text`` is none."""
    found = _TIME_SPAN.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is not a time span; write it as hh:mm:ss")
    part = {name: float(value or 0) for name, value in found.groupdict().items()}
    return part["days"] * 86400 + part["hours"] * 3600 + part["minutes"] * 60 + part["seconds"]


def is_time_span(text: str) -> bool:
    """Whether ``text`` is a time span, and not an NCRONTAB expression."""
    return _TIME_SPAN.fullmatch(text.strip()) is not None
