"""host.json: the options of the app's host. https://learn.microsoft.com/azure/azure-functions/functions-host-json"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.host import timespan
from local.host.settings import ConfigurationError

ENCODINGS = ("base64", "none")


@dataclass(frozen=True)
class QueueOptions:
    """``extensions.queues``; times in seconds."""

    batch_size: int = 16
    new_batch_threshold: int = 8
    max_dequeue_count: int = 5
    visibility_timeout: float = 0
    max_polling_interval: float = 60
    message_encoding: str = "base64"


@dataclass(frozen=True)
class HostOptions:
    """What this host reads of host.json; times in seconds, ``function_timeout`` None for no limit."""

    route_prefix: str = "api"
    queues: QueueOptions = QueueOptions()
    poison_blob_threshold: int = 5
    blob_parallelism: int = 16
    function_timeout: float | None = 1800


def read(app: Path) -> HostOptions:
    """The options in the app's host.json. Raises ConfigurationError when it is missing or wrong."""
    file = app / "host.json"
    try:
        return parse(json.loads(file.read_text("utf-8-sig")))
    except FileNotFoundError:
        raise ConfigurationError(f"{app} holds no host.json: it is not the root of a function app") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"{file} is not right: {error}") from error


def parse(document: Mapping[str, object]) -> HostOptions:
    """The options in a parsed host.json. Raises ValueError for a value out of its range."""
    extensions = _section(document, "extensions")
    http, blobs = _section(extensions, "http"), _section(extensions, "blobs")
    limit = str(document.get("functionTimeout", "00:30:00"))
    return HostOptions(
        route_prefix=str(http.get("routePrefix", "api")).strip("/"),
        queues=_queues(_section(extensions, "queues")),
        poison_blob_threshold=_whole(blobs, "poisonBlobThreshold", 5, 1, 1000),
        blob_parallelism=_whole(blobs, "maxDegreeOfParallelism", 16, 1, 1000),
        function_timeout=None if limit == timespan.UNLIMITED else timespan.seconds(limit),
    )


def _queues(section: Mapping[str, object]) -> QueueOptions:
    batch_size = _whole(section, "batchSize", 16, 1, 32)
    encoding = str(section.get("messageEncoding", "base64")).lower()
    if encoding not in ENCODINGS:
        raise ValueError(f"messageEncoding is one of {', '.join(ENCODINGS)}, not {encoding!r}")
    return QueueOptions(
        batch_size=batch_size,
        new_batch_threshold=_whole(section, "newBatchThreshold", batch_size // 2, 0, 1000),
        max_dequeue_count=_whole(section, "maxDequeueCount", 5, 1, 1000),
        visibility_timeout=timespan.seconds(str(section.get("visibilityTimeout", "00:00:00"))),
        max_polling_interval=_interval(section.get("maxPollingInterval", "00:01:00")),
        message_encoding=encoding,
    )


def _interval(value: object) -> float:
    """A time span, or a number of milliseconds, as older host.json files have it."""
    return value / 1000 if isinstance(value, int) else timespan.seconds(str(value))


def _section(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    section = document.get(name, {})
    if not isinstance(section, Mapping):
        raise ValueError(f"{name} must be an object")
    return section


def _whole(section: Mapping[str, object], name: str, default: int, least: int, most: int) -> int:
    value = section.get(name, default)
    if not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"{name} must be a whole number from {least} to {most}, not {value!r}")
    return value
