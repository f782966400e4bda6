"""The containers of the database, as data. In Azure the infrastructure code makes the same ones; here they are for the
local system and for tests."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from azure.cosmos import CosmosClient, DatabaseProxy, PartitionKey

from shared.settings import DATABASE

FILTERED_LISTS: tuple[tuple[str, ...], ...] = (
    ("parent", "status"), ("parent", "open"), ("parent",), ("experiment", "status"), ("experiment", "root"),
    ("experiment",), ("status",), ("compute_target",), ("run_id",), ("name",), ("archived",), ("open",),
    ("present",), ("from",), ("to",), ("id",),
)
"""Body fields of views by which lists are filtered, the most selective first. Each has a composite index with ``sort``,
so that a page costs the same however many other documents there are."""
LABELS = "labels"
"""The body field that has the tags and properties of a thing as a list of texts."""


def _indexing(included: Iterable[str], composite: Iterable[tuple[str, ...]] = ()) -> dict[str, object]:
    return {
        "indexingMode": "consistent",
        "automatic": True,
        "includedPaths": [{"path": path} for path in included],
        "excludedPaths": [{"path": "/*"}],
        "compositeIndexes": [[{"path": path, "order": "descending"} for path in paths] for paths in composite],
    }


@dataclass(frozen=True)
class ContainerSchema:
    """``indexing`` is none where the service's default will do."""

    name: str
    partition_key: str
    indexing: Mapping[str, object] | None = None


EVENTS = ContainerSchema("events", "/stream", _indexing(["/stream/?", "/version/?"]))
FILTERED = sorted({name for names in FILTERED_LISTS for name in names})
VIEWS = ContainerSchema("views", "/kind", _indexing(
    ["/kind/?", "/sort/?", f"/body/{LABELS}/[]/?", *(f"/body/{name}/?" for name in FILTERED)],
    [(*(f"/body/{name}" for name in names), "/sort") for names in FILTERED_LISTS],
))
METRICS = ContainerSchema("metrics", "/run", _indexing(["/run/?", "/kind/?", "/order/?"]))
LEASES = ContainerSchema("leases", "/id")
CONTAINERS = (EVENTS, VIEWS, METRICS, LEASES)


def ensure(client: CosmosClient, database: str = DATABASE) -> DatabaseProxy:
    """Make the database and its containers unless they exist."""
    proxy = client.create_database_if_not_exists(database)
    for schema in CONTAINERS:
        indexing = dict(schema.indexing) if schema.indexing else None
        proxy.create_container_if_not_exists(schema.name, PartitionKey(schema.partition_key), indexing_policy=indexing)
    return proxy


UNSAFE = re.compile(r"[/\\?#%~\x00-\x1f\x7f]| \Z")
"""What an id of Cosmos must not have, and ``~``, which escapes it."""
LONGEST_ID = 1_000
"""An id has at most 1,023 bytes."""


def item_id(name: str) -> str:
    """``name`` as an id that Cosmos accepts; different names have different ids."""
    safe = UNSAFE.sub(lambda match: f"~{ord(match[0]):02x}", name)
    if len(safe.encode()) <= LONGEST_ID:
        return safe
    return f"{safe[:200]}~{hashlib.sha256(name.encode()).hexdigest()}"
