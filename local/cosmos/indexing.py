"""Indexing policies: which paths a container indexes, and the SQLite indexes that stand for them."""

import hashlib
import re
from dataclasses import dataclass

from local.cosmos.errors import bad_request
from local.cosmos.jsontext import Json, JsonObject
from local.cosmos.query.paths import Steps, rank, value
from local.cosmos.storage import Storage

DEFAULT: JsonObject = {"indexingMode": "consistent", "automatic": True, "includedPaths": [{"path": "/*"}],
                       "excludedPaths": [{"path": '/"_etag"/?'}]}

SortKey = tuple[Steps, bool]
"""A path and whether it is sorted descending."""

_STEP = re.compile(r'/("[^"]*"|[^/"]+)')


@dataclass(frozen=True)
class IndexingPolicy:
    """The policy as stored, its explicit scalar paths, and its composite indexes."""

    body: JsonObject
    included: tuple[tuple[str, ...], ...]
    excluded: tuple[tuple[str, ...], ...]
    composites: tuple[tuple[SortKey, ...], ...]

    @staticmethod
    def of(body: Json) -> "IndexingPolicy":
        """Read a policy, DEFAULT when there is none; 400 when it is malformed."""
        policy = DEFAULT if body is None else body
        if not isinstance(policy, dict):
            raise bad_request("The indexingPolicy must be an object.")
        composites = _list(policy.get("compositeIndexes"))
        return IndexingPolicy(policy, _paths(policy.get("includedPaths")), _paths(policy.get("excludedPaths")),
                              tuple(tuple(_sort_key(part) for part in _list(one)) for one in composites))

    def allows(self, steps: Steps) -> bool:
        """Whether ORDER BY may use a path: the most precise included or excluded path decides, as in Cosmos."""
        included = max((_precision(pattern, steps) for pattern in self.included), default=-1)
        excluded = max((_precision(pattern, steps) for pattern in self.excluded), default=-1)
        return included >= 0 and included >= excluded

    def serves(self, keys: tuple[SortKey, ...]) -> bool:
        """Whether a composite index has this order, or its exact reverse."""
        reverse = tuple((steps, not descending) for steps, descending in keys)
        return any(keys == composite or reverse == composite for composite in self.composites)

    def create_indexes(self, storage: Storage, table: str) -> None:
        """Index the composite indexes and the explicitly included scalar paths, within each partition."""
        for composite in self.composites:
            create_index(storage, table, composite, partitioned=True)
        for path in self.included:
            if path[-1] == "?" and "[]" not in path:
                create_index(storage, table, ((path[:-1], False),), partitioned=True)


def create_index(storage: Storage, table: str, keys: tuple[SortKey, ...], *, partitioned: bool) -> None:
    """Create the SQLite index for a sort order, if it is not there; ``partitioned`` puts the partition key first.

    The first key is always stored ascending, so that the order of equal keys (by seq) reads backwards with it.
    """
    flip = keys[0][1]
    columns = ["pk"] if partitioned else []
    for steps, descending in keys:
        direction = " DESC" if descending != flip else ""
        columns += [f"{rank(steps)}{direction}", f"{value(steps)}{direction}"]
    text = ", ".join(columns)
    name = f"{table}_by_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    storage.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {table} ({text})")


def parse_path(path: Json) -> tuple[str, ...]:
    """The steps of a policy path such as ``/a/"b c"/?``; the last may be ``?`` (a scalar) or ``*`` (all below)."""
    if not isinstance(path, str) or not re.fullmatch(r'(/("[^"]*"|[^/"]+))+', path):
        raise bad_request(f"The indexing policy path {path!r} must look like /name/? or /name/*.")
    return tuple(step.strip('"') for step in _STEP.findall(path))


def _precision(pattern: tuple[str, ...], steps: Steps) -> int:
    """How many steps of a path a pattern fixes, or -1 when it does not cover the path; ``?`` beats ``*``."""
    fixed = pattern[:-1]
    names = tuple("[]" if isinstance(step, int) else step for step in steps)
    if pattern[-1] == "?":
        return len(fixed) * 2 + 1 if names == fixed else -1
    return len(fixed) * 2 if pattern[-1] == "*" and names[:len(fixed)] == fixed else -1


def _paths(entries: Json) -> tuple[tuple[str, ...], ...]:
    return tuple(parse_path(entry.get("path") if isinstance(entry, dict) else entry) for entry in _list(entries))


def _sort_key(part: Json) -> SortKey:
    if not isinstance(part, dict):
        raise bad_request("Each part of a composite index must be an object with path and order.")
    return parse_path(part.get("path")), part.get("order", "ascending") == "descending"


def _list(value: Json) -> list[Json]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise bad_request("The paths of an indexing policy must be arrays.")
    return value
