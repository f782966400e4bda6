"""Azure ML's table of data references: what works, and what is said of all that does not."""

from itertools import product
from typing import get_args

import pytest

from shared.domain.data_matrix import COMPUTES, MATRIX, STORES, Way, refusal
from shared.domain.datastore import DatastoreKind

WAYS: tuple[Way, ...] = get_args(Way)
WORKS = {("local", store, way) for store in ("blob", "share") for way in ("download", "upload")} | {
    ("cluster", store, way) for store in ("blob", "share") for way in WAYS}


def test_the_table_is_whole() -> None:
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
