"""Azure ML's table of data references: what works, and what is said of all that does not."""

from itertools import product
from typing import get_args

import pytest

from shared.domain.data_matrix import COMPUTES, MATRIX, STORES, Way, refusal
from shared.domain.datastore import DatastoreKind

WAYS: tuple[Way, ...] = get_args(Way)
PUBLISHED = """
local               | DU  | DU  | | |
cluster             | MDU | MDU | | |
vm                  | DU  | DU  | | |
hdinsight           | DU  | DU  | | |
data transfer       | P   |     | P | P | P P
databricks          | P   |     | P | |
batch               | P   |     | | |
data lake analytics |     |     | P | |
"""
"""Azure ML's table as it was published: mount, download, upload; P: in pipelines only, which Runspoor has not.

Columns: blob, share, gen1, gen2, and (as one of them) SQL and PostgreSQL.
"""
LETTERS: dict[Way, str] = {"mount": "M", "download": "D", "upload": "U"}
CELLS = {(compute.strip(), store): cell
         for compute, *cells in (line.split("|") for line in PUBLISHED.strip().splitlines())
         for store, cell in zip(("blob", "share", "gen1", "gen2", "sql"), cells, strict=True)}
WORKS = {(compute, store, way) for (compute, store), cell in CELLS.items() for way in WAYS if LETTERS[way] in cell
         and COMPUTES[compute][1]}


@pytest.mark.parametrize(("compute", "store"), CELLS)
def test_each_pair_is_as_published(compute: str, store: str) -> None:
    ways = {LETTERS[way] for way in MATRIX[compute].get(store, ())}
    assert ways == set(CELLS[compute, store]) & {"M", "D", "U"}
    if store == "sql":
        assert MATRIX[compute].get("postgresql") == MATRIX[compute].get("sql")


def test_the_table_is_whole() -> None:
    assert {compute for compute, _ in CELLS} == set(MATRIX)
    assert set(MATRIX) == set(COMPUTES)
    assert {store for row in MATRIX.values() for store in row} < set(STORES)
    assert {kind for kind, (_, has) in STORES.items() if has} == set(get_args(DatastoreKind))


@pytest.mark.parametrize(("compute", "store", "way"), [*product(COMPUTES, STORES, WAYS)])
def test_every_combination_works_or_says_what_does(compute: str, store: str, way: Way) -> None:
    said = refusal(compute, store, way)
    assert (said is None) == ((compute, store, way) in WORKS)
    if said is None:
        return
    if not COMPUTES[compute][1]:
        assert COMPUTES[compute][0] in said
        assert "use a compute target" in said
    else:
        assert STORES[store][0] in said
    assert "dataset" in said or "register" in said or "output with a destination" in said or "compute target" in said


def test_the_nearest_way_is_named() -> None:
    assert refusal("local", "blob", "mount") == (
        "a data reference to a blob container does not work by mount on the caller's own machine, only by download and "
        "upload: use mode 'download', or read it as a dataset, which may be mounted or downloaded anywhere.")
    assert "OutputFileDatasetConfig" in str(refusal("cluster", "gen2", "upload"))
