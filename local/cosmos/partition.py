"""Partition keys: paths, the values a document has at them, and the effective partition key (EPK) they hash to."""

import struct
from dataclasses import dataclass

import mmh3

from local.cosmos.errors import PARTITION_KEY_MISMATCH, bad_request
from local.cosmos.jsontext import Json, JsonObject, dump, parse

UNDEFINED: JsonObject = {}
"""How a header and a stored key write "the document has no value here": ``[{}]``."""


@dataclass(frozen=True)
class PartitionKeyDefinition:
    """``paths`` as property names, outermost first; ``multi`` for hierarchical keys (kind MultiHash)."""

    paths: tuple[tuple[str, ...], ...]
    multi: bool

    @staticmethod
    def of(body: Json) -> "PartitionKeyDefinition":
        """Read a container's ``partitionKey``; 400 when it is malformed."""
        if not isinstance(body, dict) or not isinstance(paths := body.get("paths"), list) or not paths:
            raise bad_request("A container needs a partitionKey with at least one path.")
        names = []
        for path in paths:
            if not isinstance(path, str) or not path.startswith("/") or len(path) < 2:
                raise bad_request(f"The partition key path {path!r} must look like /name or /outer/inner.")
            names.append(tuple(step.strip('"') for step in path[1:].split("/")))
        multi = body.get("kind", "Hash") == "MultiHash"
        if len(names) != 1 and not multi:
            raise bad_request("A partition key of kind Hash has exactly one path; use kind MultiHash for several.")
        return PartitionKeyDefinition(tuple(names), multi)

    def key_of(self, document: JsonObject) -> str:
        """The canonical key of a document: a JSON array with one value per path."""
        return canonical([_value_at(document, path) for path in self.paths])

    def key_from_header(self, header: str | None) -> str:
        """The canonical key a request names; 400 when it names none or has too few values."""
        if header is None:
            raise bad_request("The partition key is missing: send x-ms-documentdb-partitionkey.")
        values = parse(header)
        if values == []:
            values = [UNDEFINED]
        if not isinstance(values, list) or len(values) != len(self.paths):
            raise bad_request(f"The partition key must be a JSON array of {len(self.paths)} value(s), not {header}.",
                              PARTITION_KEY_MISMATCH)
        return canonical(values)

    def effective(self, key: str) -> str:
        """The EPK of a canonical key: upper-case hexadecimal, 32 digits per hash."""
        values = parse(key)
        assert isinstance(values, list)
        if self.multi:
            return "".join(_hash(_encode(value)) for value in values)
        return _hash(b"".join(_encode(value) for value in values))


def canonical(values: list[Json]) -> str:
    """One text per key: 1 and 1.0 are the same number in JSON, so they are the same key."""
    for value in values:
        if isinstance(value, list) or value:
            _refuse_composite(value)
    return dump([int(v) if isinstance(v, float) and v.is_integer() else v for v in values])


def _refuse_composite(value: Json) -> None:
    if isinstance(value, dict | list):
        raise bad_request("A partition key value must be a string, a number, a boolean or null.",
                          PARTITION_KEY_MISMATCH)


def _value_at(document: JsonObject, path: tuple[str, ...]) -> Json:
    value: Json = document
    for step in path:
        if not isinstance(value, dict) or step not in value:
            return UNDEFINED
        value = value[step]
    return value


def _encode(value: Json) -> bytes:
    """Type marker and bytes that go into the hash (version 2 partition keys, as every SDK computes them)."""
    if isinstance(value, bool):
        return b"\x03" if value else b"\x02"
    if value is None:
        return b"\x01"
    if isinstance(value, int | float):
        return b"\x05" + struct.pack("<d", float(value))
    if isinstance(value, str):
        return b"\x08" + value.encode() + b"\xff"
    return b"\x00"


def _hash(data: bytes) -> str:
    digest = mmh3.hash_bytes(data, 0, True)[::-1]
    # The two highest bits are dropped because FF is the end of the key space.
    return (bytes([digest[0] & 0x3F]) + digest[1:]).hex().upper()
