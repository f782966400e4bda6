"""The API's own description and what it makes of bodies; names of output blobs; sizes of machines."""

import json
from pathlib import Path

import pytest

from local.batch import api
from local.batch.allocation import cores
from local.batch.documents import Document, seconds
from local.batch.errors import BatchRefusal
from local.batch.routes import OPERATIONS
from local.batch.transfer import escapes, matches
from local.batch.validation import body


def test_every_operation_of_the_description_is_served() -> None:
    assert {operation.id for operation in api.operations()} == set(OPERATIONS)


def test_nulls_are_as_if_not_there() -> None:
    assert body("BatchTaskCreateOptions", b'{"id": "t", "commandLine": "x", "displayName": null}') == {
        "id": "t",
        "commandLine": "x",
    }


@pytest.mark.parametrize(
    ("spec", "code", "name"),
    [
        ({"id": "t"}, "MissingRequiredProperty", "commandLine"),
        ({"id": "t", "commandLine": "x", "colour": 1}, "InvalidRequestBody", "colour"),
        ({"id": 1, "commandLine": "x"}, "InvalidRequestBody", "id"),
        (
            {"id": "t", "commandLine": "x", "constraints": {"maxWallClockTime": "5"}},
            "InvalidPropertyValue",
            "maxWallClockTime",
        ),
        (
            {"id": "t", "commandLine": "x", "userIdentity": {"autoUser": {"scope": "Pool"}}},
            "InvalidPropertyValue",
            "scope",
        ),
    ],
)
def test_a_wrong_body_is_refused_by_name(spec: Document, code: str, name: str) -> None:
    with pytest.raises(BatchRefusal) as refused:
        body("BatchTaskCreateOptions", json.dumps(spec).encode())
    assert refused.value.code == code
    assert {"key": "PropertyName", "value": name} in refused.value.body["values"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("pattern", "path", "blobs"),
    [
        ("a.txt", "x/renamed", ["x/renamed"]),
        ("a.txt", "", ["a.txt"]),
        ("*.txt", "x/", ["x/a.txt"]),
        ("**/*.txt", "x", ["x/a.txt", "x/deep/b.txt"]),
        ("deep/[a-c].txt", "x", ["x/b.txt"]),
        ("../std*.txt", "logs", ["logs/stdout.txt"]),
        ("missing", "x", []),
        ("../../outside.txt", "x", []),
    ],
)
def test_output_files_become_blobs(tmp_path: Path, pattern: str, path: str, blobs: list[str]) -> None:
    task = tmp_path / "task"
    (task / "wd" / "deep").mkdir(parents=True)
    for file in ("wd/a.txt", "wd/deep/b.txt", "stdout.txt", "../outside.txt"):
        (task / file).touch()
    assert [blob for _, blob in matches(pattern, path, task)] == blobs


@pytest.mark.parametrize(
    ("path", "out"), [("a/b", False), ("../a", True), ("a/../../b", True), ("/a", True), ("a..b", False), ("", False)]
)
def test_a_path_escapes_or_not(path: str, out: bool) -> None:
    assert escapes(path) is out


@pytest.mark.parametrize(
    ("size", "count"), [("standard_d2s_v3", 2), ("STANDARD_NC24ads_A100_v4", 24), ("standard_f16s_v2", 16), ("odd", 1)]
)
def test_a_machines_cores_are_in_its_name(size: str, count: int) -> None:
    assert cores(size) == count


@pytest.mark.parametrize(
    ("text", "expected"), [("PT05M00S", 300.0), ("P1D", 86400.0), ("P10675199DT2H48M5.4775807S", None), (None, None)]
)
def test_a_duration_is_seconds_or_none(text: str | None, expected: float | None) -> None:
    assert seconds(text) == expected
