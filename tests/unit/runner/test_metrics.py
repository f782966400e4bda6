"""Packing tracking lines into metric chunks."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.metrics import CHUNK_BYTES, FAILED, Chunk, Failure, Json, Point, Record, Tag, pack, parse

VALUES = st.one_of(st.none(), st.booleans(), st.integers(-2**53, 2**53), st.text(max_size=50),
                   st.floats(allow_nan=False, allow_infinity=False))
NAMES = st.sampled_from(["loss", "accuracy", "ünïcode"])
KINDS = st.sampled_from(["scalar", "row"])
POINTS = st.builds(Point, NAMES, KINDS, VALUES, st.none() | st.integers(0, 9), st.floats(0, 9))
RECORDS = st.lists(st.one_of(POINTS, st.builds(Tag, NAMES, VALUES)), max_size=200)


def shipped(chunks: list[Chunk]) -> list[dict[str, Json]]:
    """The chunks as they go over the wire."""
    return [json.loads(json.dumps(chunk.document("r", 1, seq))) for seq, chunk in enumerate(chunks)]


def unpack(documents: list[dict[str, Json]]) -> dict[tuple[str, str], list[Point]]:
    points: dict[tuple[str, str], list[Point]] = {}
    for document in documents:
        assert isinstance(document["series"], list)
        for series in document["series"]:
            assert isinstance(series, dict)
            name, kind, values, at = series["name"], series["kind"], series["values"], series["at"]
            assert isinstance(values, list)
            assert isinstance(at, list)
            steps = series["steps"] or [None] * len(values)
            assert isinstance(steps, list)
            points.setdefault((str(name), str(kind)), []).extend(
                Point(str(name), str(kind), value, step if isinstance(step, int) else None, float(str(time)))
                for value, step, time in zip(values, steps, at, strict=True))
    return points


@given(RECORDS, st.integers(100, 3000))
def test_every_series_keeps_all_its_points_in_order(records: list[Record], limit: int) -> None:
    expected: dict[tuple[str, str], list[Point]] = {}
    for record in records:
        if isinstance(record, Point):
            expected.setdefault((record.name, record.kind), []).append(record)

    assert unpack(shipped(list(pack(records, limit)))) == expected


@given(RECORDS)
def test_tags_keep_their_order(records: list[Record]) -> None:
    chunks = list(pack(records, 500))

    assert [tag for chunk in chunks for tag in chunk.tags] == [one for one in records if isinstance(one, Tag)]


@given(RECORDS, st.integers(1000, 3000))
def test_chunks_stay_below_the_limit(records: list[Record], limit: int) -> None:
    envelope = 200
    for document in shipped(list(pack(records, limit))):
        assert len(json.dumps(document, separators=(",", ":"))) <= limit + envelope


def test_a_full_chunk_is_below_512_kb() -> None:
    points = [Point("loss", "scalar", 0.1234567890123456, 2**53 - 1, 1763665200.1234567) for _ in range(50_000)]
    chunks = list(pack(points))

    sizes = [len(json.dumps(chunk.document("r" * 250, 10**6, 10**7), separators=(",", ":"))) for chunk in chunks]
    assert max(sizes) < 512 * 1000
    assert len(chunks) < 50_000 * 100 / CHUNK_BYTES


def test_a_line_becomes_one_point_per_value() -> None:
    line = b'{"kind": "scalar", "name": "n", "values": [1, {"$float": "NaN"}], "step": 3, "at": 5}'

    assert parse(line) == [Point("n", "scalar", 1, 3, 5.0), Point("n", "scalar", {"$float": "NaN"}, 3, 5.0)]
    assert parse(b'{"kind": "tag", "name": "t", "value": "v", "at": 1}') == [Tag("t", "v")]


def test_a_failure_has_a_code_and_words() -> None:
    assert parse(b'{"kind": "fail", "code": "BadData", "message": "No rows.", "at": 1}') == [
        Failure("BadData", "No rows.", 1)]
    assert parse(b'{"kind": "fail", "code": null, "message": "", "at": 1}') == [Failure(*FAILED, 1)]
    (long,) = parse(json.dumps({"kind": "fail", "code": "c" * 200, "message": "m" * 9_000, "at": 1}).encode())
    assert isinstance(long, Failure)
    assert (len(long.code), len(long.message)) == (100, 3_000)


@pytest.mark.parametrize("line", [
    b"", b"[]", b"null", b"{}", b'{"kind": "scalar"', b"\xff", b'{"kind": "fail", "message": "m"}',
    b'{"kind": "fail", "at": "soon"}',
    b'{"kind": "other", "name": "n", "values": [], "at": 1}',
    b'{"kind": "scalar", "name": 1, "values": [], "at": 1}', b'{"kind": "scalar", "name": "n", "values": 1, "at": 1}',
    b'{"kind": "scalar", "name": "n", "values": [1], "at": "soon"}',
    b'{"kind": [], "name": "n", "values": [], "at": 1}',
    b"[" * 100_000,
])
def test_what_is_no_tracking_line_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError):
        parse(line)
