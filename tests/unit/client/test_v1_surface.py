"""What is offered has v1's names, signatures and values; docs/compatibility.md says how it is with every name."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def report() -> dict[str, object]:
    """Made in a process of its own: looking makes ``import azureml`` mean Runspoor."""
    done = subprocess.run([sys.executable, "-m", "tests.unit.client.compatibility_table", "--report"], cwd=ROOT,
                          capture_output=True, text=True, check=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_signatures_bindings_and_values_are_those_of_v1(report: dict[str, object]) -> None:
    assert report["signatures"] == {}


def test_every_name_of_v1_is_offered_or_says_what_to_do_instead(report: dict[str, object]) -> None:
    assert report["undecided"] == []
    assert report["offered and refused"] == []


def test_names_are_found_on_all_paths_they_have_in_v1(report: dict[str, object]) -> None:
    assert report["other paths"] == []


def test_no_exception_is_left_over(report: dict[str, object]) -> None:
    assert report["needless exceptions"] == []
    assert report["differs, but is not there"] == []


def test_the_table_in_the_document_is_current(report: dict[str, object]) -> None:
    assert report["document"] == [], "write it with: python -m tests.unit.client.compatibility_table"
