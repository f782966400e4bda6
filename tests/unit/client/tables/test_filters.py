"""Rows of which something is true: by conditions on their columns, and by when they were."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # Its types are another package.
import pytest
from pydantic import ValidationError
from runspoor.sdk.dataset_errors import DatasetExecutionError
from runspoor.sdk.exceptions import DatasetTimestampMissingError, UserErrorException
from runspoor.sdk.tabular_dataset import TabularDataset

from shared.contract.datasets import DatasetRequest
from tests.unit.client.tables.conftest import Csv

PEOPLE = ("name,age,member,day\nAnna,41,true,2020-01-01\nRui,,false,2020-01-02\nEva,33,true,2020-01-03\n"
          "Olle,NaN,,2020-01-04\nIda,27,false,\n")


@pytest.mark.parametrize(("condition", "names"), [
    (lambda data: data["age"] > 30, ["Anna", "Eva"]), (lambda data: data["age"] <= np.float64(33), ["Eva", "Ida"]),
    (lambda data: data["name"] == "Ida", ["Ida"]), (lambda data: data["age"] != 33, ["Anna", "Ida"]),
    (lambda data: data["member"] == 1, ["Anna", "Eva"]), (lambda data: data["member"] == False, ["Rui", "Ida"]),  # noqa: E712
    (lambda data: (data["age"] > 30) & (data["name"] >= "B"), ["Eva"]),
    (lambda data: (data["age"] < 30) | (data["name"] == "Rui"), ["Rui", "Ida"]),
    (lambda data: ~(data["age"] > 30), ["Ida"]),
    (lambda data: data["day"] >= datetime(2020, 1, 3), ["Eva", "Olle"]),
    (lambda data: data["day"] < pd.Timestamp("2020-01-02T01:00:00+01:00"), ["Anna"]),
    (lambda data: data["day"] == date(2020, 1, 2), ["Rui"]),
    (lambda data: data["day"] < np.datetime64("2020-01-02T00:00:00.000000001", "ns"), ["Anna"]),
])
def test_rows_of_which_something_is_true(csv: Csv, condition: Any, names: list[str]) -> None:
    """Nothing is true of what is missing. The column that is looked at need not be kept."""
    data = csv({"a.csv": PEOPLE})
    found = data.filter(condition(data)).keep_columns("name")
    assert found.to_pandas_dataframe()["name"].tolist() == names
    assert found.take(1).to_pandas_dataframe()["name"].tolist() == names[:1]
    DatasetRequest.model_validate({**found._definition, "sources": [{"url": "https://a.example/b.csv"}]})


def test_conditions_that_cannot_be(csv: Csv) -> None:
    data = csv({"a.csv": PEOPLE})
    for wrong in (lambda: data.filter(5), lambda: data.filter((data["age"] > 1) and (data["age"] < 3)),
                  lambda: data["age"] > [1], lambda: data[1], lambda: data["age"] == None):  # noqa: E711
        with pytest.raises(UserErrorException):
            wrong()
    with pytest.raises(DatasetExecutionError, match="There is no column 'none'"):
        data.filter(data["none"] > 1).to_pandas_dataframe()
    with pytest.raises(DatasetExecutionError, match="There is no column 'age'"):
        data.drop_columns("age").filter(data["age"] > 1).to_pandas_dataframe()
    with pytest.raises(DatasetExecutionError, match=r"Column 'age' is .*, and is compared with 'old'"):
        data.filter(data["age"] > "old").to_pandas_dataframe()


def test_rows_by_when_they_were(csv: Csv) -> None:
    whole = csv({"a.csv": PEOPLE})
    assert whole.timestamp_columns == (None, None)
    with pytest.raises(DatasetTimestampMissingError, match="with_timestamp_columns"):
        whole.time_before(datetime(2020, 1, 2))
    data = whole.with_timestamp_columns("day", validate=True)
    assert data.timestamp_columns == ("day", None)
    second, third = datetime(2020, 1, 2), datetime(2020, 1, 3)

    def names(found: TabularDataset) -> list[str]:
        return list(found.to_pandas_dataframe()["name"])

    assert names(data.time_before(second)) == ["Anna", "Rui"]
    assert names(data.time_before(second, include_boundary=False)) == ["Anna"]
    assert names(data.time_after(third, validate=False)) == ["Eva", "Olle"]
    assert names(data.time_between(second, third)) == ["Rui", "Eva"]
    assert names(data.time_recent(datetime.now() - second + timedelta(days=1))) == ["Rui", "Eva", "Olle"]
    assert names(data.time_recent(timedelta(days=1))) == []
    with pytest.raises(DatasetExecutionError, match="There is no column 'none'"):
        whole.with_timestamp_columns("none", validate=True)
    with pytest.raises(UserErrorException, match=r"a datetime\.datetime, and not '2020-01-01'"):
        data.time_after("2020-01-01")  # type: ignore[arg-type]  # as scripts do
    with pytest.raises(UserErrorException, match=r"a datetime\.timedelta, and not 5"):
        data.time_recent(5)  # type: ignore[arg-type]  # as scripts do


def deep(levels: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"op": "eq", "column": "a", "value": 1}
    for _ in range(levels):
        inner = {"op": "not", "of": [inner]}
    return inner


@pytest.mark.parametrize("where", [
    deep(10), deep(5_000), {"op": "or", "of": [deep(0)] * 101}, {"op": "and"}, {"op": "not", "of": [deep(0)] * 2},
    {"op": "eq", "column": "a"}, {"op": "eq", "value": 1},
    {"op": "eq", "column": "a", "value": 1, "time": "2020-01-01"},
    {"op": "eq", "column": "a", "time": "2020-02-31"}, {"op": "eq", "column": "a", "time": "today"},
    {"op": "in", "column": "a", "value": 1}, {"op": "eq", "column": "a", "value": [1]}, 5, {"of": 5}])
def test_what_the_backend_takes_for_no_condition(where: object) -> None:
    asked = {"kind": "tabular", "sources": [{"url": "https://a.example/b.csv"}], "reading": {"format": "delimited"}}
    DatasetRequest.model_validate({**asked, "steps": [{"kind": "filter", "where": deep(9)}]})
    with pytest.raises(ValidationError):
        DatasetRequest.model_validate({**asked, "steps": [{"kind": "filter", "where": where}]})
    with pytest.raises(ValidationError, match="files have no columns"):
        DatasetRequest.model_validate({"kind": "file", "sources": asked["sources"], "steps": [
            {"kind": "filter", "where": deep(1)}]})
