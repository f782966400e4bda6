"""Delimited files as DataFrames: what columns are, whose header counts, and what is said of bad files."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd  # type: ignore[import-untyped]  # Its types are another package.
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runspoor.sdk.data_types import DataType
from runspoor.sdk.dataset_errors import DatasetExecutionError, DatasetValidationError
from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.table_reading import FileEncoding, PromoteHeadersBehavior
from runspoor.tables import blocks

from tests.unit.client.tables.conftest import Csv
from tests.unit.client.tables.range_server import FileSite

DAY = pd.Timestamp("2020-02-01")


def values(frame: Any) -> dict[str, list[Any]]:
    """Columns as lists; None for what is missing."""
    return {name: [None if pd.isna(each) else each for each in frame[name]] for name in frame}


@pytest.mark.parametrize(("texts", "dtype", "read"), [
    (["0", "1"], "bool", [False, True]),
    (["true", "FALSE", "True"], "bool", [True, False, True]),
    (["1", "2", "-3"], "int64", [1, 2, -3]),
    (["007", " 8 "], "int64", [7, 8]),
    (["1", "", "2"], "float64", [1, None, 2]),
    (["1", "2.5", "-1e3", "NaN"], "float64", [1, 2.5, -1000, None]),
    (["2020-02-01", "2020-02-01 10:00:00"], "datetime64[ns]", [DAY, DAY + pd.Timedelta("10h")]),
    (["2020-02-01T00:00:00.123456789"], "datetime64[ns]", [DAY + pd.Timedelta("123456789ns")]),
    (["2020-02-01T01:00:00+01:00", "2020-02-01T00:00:00Z"], "datetime64[ns]", [DAY, DAY]),
    (["2/1/2020", "02/01/2020"], "datetime64[ns]", [DAY, DAY]),
    (["2/1/2020 2:30", "2/1/2020 0:00"], "datetime64[ns]", [DAY + pd.Timedelta("2h30m"), DAY]),
    (["2020-02-31", "2020-02-01"], None, ["2020-02-31", "2020-02-01"]),
    (["31/1/2020"], None, ["31/1/2020"]),
    (["12:30"], None, ["12:30"]),
    (["1", "x"], None, ["1", "x"]),
    (["1", "2020-02-01"], None, ["1", "2020-02-01"]),
    (["0x10"], None, ["0x10"]),
    (["NaN", "", "x", "NA", "null"], None, [None, None, "x", "NA", "null"]),
    (["", "NaN"], None, [None, None]),
])
def test_columns_are_what_their_values_look_like(csv: Csv, texts: list[str], dtype: str | None,
                                                 read: list[object]) -> None:
    text = "a,b\n" + "".join(f"{each},x\n" for each in texts)
    frame = csv({"a.csv": text}).to_pandas_dataframe()
    assert values(frame)["a"] == read
    assert dtype is None or frame["a"].dtype == dtype


def test_a_column_is_what_all_of_it_is_like(csv: Csv) -> None:
    """Not what its first rows are like; nothing gets lost by a wrong guess."""
    rows = "".join(f"{number % 2},{number},,{number:03}\n" for number in range(20_000))
    frame = csv({"a.csv": f"a,b,c,d\n{rows}2,1.5,late,x\n"}).to_pandas_dataframe()
    assert [str(frame[name].dtype) for name in "ab"] == ["int64", "float64"]
    assert frame.iloc[-1].tolist() == [2, 1.5, "late", "x"]
    assert frame["d"][7] == "007"


def test_without_inference_all_is_text(csv: Csv) -> None:
    table = csv({"a.csv": "a,b\n007,2020-01-01\n,x\n"}, infer_column_types=False)
    assert values(table.to_pandas_dataframe()) == {"a": ["007", None], "b": ["2020-01-01", "x"]}


def test_empty_text_can_stay(csv: Csv) -> None:
    table = csv({"a.csv": "a,b,c,d\n1,,2020-02-01,\n,x,,\n"}, empty_as_string=True)
    assert values(table.to_pandas_dataframe()) == {"a": [True, None], "b": ["", "x"], "c": [DAY, None], "d": ["", ""]}


FOUR = PromoteHeadersBehavior


@pytest.mark.parametrize(("header", "second", "read"), [
    (True, "b,a\n4,3\n", {"a": [1, 3], "b": [2, 4]}),
    (FOUR.ALL_FILES_HAVE_SAME_HEADERS, "a,b\n", {"a": [1], "b": [2]}),
    (FOUR.ONLY_FIRST_FILE_HAS_HEADERS, "3,4\n", {"a": [1, 3], "b": [2, 4]}),
    (FOUR.COMBINE_ALL_FILES_HEADERS, "c,a\nx,3\n", {"a": [1, 3], "b": [2, None], "c": [None, "x"]}),
    (False, "3,4\n", {"Column1": ["a", "1", "3"], "Column2": ["b", "2", "4"]}),
])
def test_whose_header_counts(csv: Csv, header: Any, second: str, read: dict[str, list[object]]) -> None:
    frame = csv({"a.csv": "a,b\n1,2\n", "b.csv": second}, header=header).to_pandas_dataframe()
    assert {name: [int(each) if isinstance(each, (int, float)) else each for each in column]
            for name, column in values(frame).items()} == read


def test_equal_names_get_numbers(csv: Csv) -> None:
    assert [*csv({"a.csv": "a,a,,a\n1,2,3,4\n"}).to_pandas_dataframe()] == ["a", "a_1", "Column3", "a_2"]


def test_an_encoding_of_v1_s_first_releases(csv: Csv) -> None:
    assert values(csv({"a.csv": "a\né\n".encode("latin1")}, encoding=FileEncoding.LATIN1).to_pandas_dataframe()) == {
        "a": ["é"]}
    with pytest.raises(UserErrorException, match="encoding is a text"):
        csv({"a.csv": "a\n1\n"}, encoding=None)


@pytest.mark.parametrize("encoding", ["utf8", "utf8bom", "iso88591", "latin1", "windows1252", "utf16", "utf32"])
def test_encodings(csv: Csv, encoding: str) -> None:
    codec = {"utf8bom": "utf-8-sig", "iso88591": "latin1", "windows1252": "cp1252"}.get(encoding, encoding)
    text = "größe,b\n" + "é,1\n" * 40_000
    frame = csv({"a.csv": text.encode(codec)}, encoding=encoding).to_pandas_dataframe()
    assert ([*frame], len(frame), {*frame["größe"]}) == (["größe", "b"], 40_000, {"é"})


def test_values_of_several_lines(csv: Csv, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "SMALL_BLOCK_BYTES", 8)
    text = '"a\nb",c\n' + '"x\r\n""y"",",1\n' * 50
    frame = csv({"a.csv": text}, support_multi_line=True).to_pandas_dataframe()
    assert ([*frame], len(frame), {*frame["a\nb"]}) == (["a\nb", "c"], 50, {'x\r\n"y",'})


def test_separators(csv: Csv) -> None:
    assert values(csv({"a.tsv": "a\tb\n1\tx,y\n5\t\n"}, separator="\t").to_pandas_dataframe()) == {
        "a": [1, 5], "b": ["x,y", None]}


def test_one_column_where_several_seem_to_be_meant_is_said(csv: Csv) -> None:
    with pytest.warns(UserWarning, match=r"a\.csv has one column .* if it had 3 with ';': say separator=';'") as said:
        csv({"a.csv": "a;b;c\n1;2;3\n4;5;6\n7;8;9\n"}).to_pandas_dataframe()
    assert said[0].filename == __file__, "as if the script's line had said it"
    csv({"a.csv": "text\nwell; yes\nno\n"}).to_pandas_dataframe()


def test_types_of_columns_that_are_not_there_are_passed_over(csv: Csv) -> None:
    table = csv({"a.csv": "a,b\n1,2\n"}, set_column_types={"c": DataType.to_long(), "a": DataType.to_string()})
    with pytest.warns(UserWarning, match=r"no column 'c', whose type is set; the columns are 'a', 'b'"):
        assert values(table.to_pandas_dataframe()) == {"a": ["1"], "b": [2]}


@pytest.mark.parametrize(("text", "options", "said"), [
    (b"", {}, r"a\.csv is empty"),
    (b"\n\n", {}, r"a\.csv is empty"),
    (b"a,b\n1,2\n3,4,5\n", {}, r"a\.csv has 3 values in row 2 where the 2 columns have one each \('3,4,5'\)"),
    (b"a,b\n" + b"1,2\n" * 99_999 + b"3\n", {}, r"a\.csv has 1 values in row 100,000 where"),
    (b"1;2\n3;4,5\n6\n", {"header": False, "separator": ";"}, r"1 values in row 3 where the 2 columns"),
    (b"a,b\n1,x\n2,\xe9\n", {}, r"a\.csv has in row 2 the byte 0xE9, which is no text in the encoding 'utf8'"),
    (b"a,\xe9\n1,x\n", {}, r"a\.csv has in its header the byte 0xE9"),
    (b"a,b\n1,\x81\n", {"encoding": "windows1252"}, r"in row 1 the byte 0x81"),
    (b"a,b\n1,2\n", {"partition_format": "/{day:yyyy}/a.csv"}, r"a\.csv is not of the partition_format"),
])
def test_what_is_said_of_bad_files(csv: Csv, text: bytes, options: dict[str, Any], said: str) -> None:
    with pytest.raises(DatasetExecutionError, match=said):
        csv({"a.csv": text}, **options).to_pandas_dataframe()


def test_files_with_other_columns_are_named(csv: Csv) -> None:
    with pytest.raises(DatasetExecutionError, match=r"b\.csv has the columns b, c, and .*a\.csv has a, b: .*COMBINE"):
        csv({"a.csv": "a,b\n1,2\n", "b.csv": "b,c\n1,2\n"}).to_pandas_dataframe()


@pytest.mark.parametrize(("options", "said"), [
    ({"separator": "||"}, "A separator is one character"), ({"encoding": "klingon"}, "Nobody knows the encoding"),
])
def test_what_cannot_be_meant(csv: Csv, options: dict[str, Any], said: str) -> None:
    with pytest.raises(UserErrorException, match=said):
        csv({"a.csv": "a,b\n"}, **options).to_pandas_dataframe()


def test_types_that_are_asked_for(csv: Csv) -> None:
    table = csv({"a.csv": "a;b;c;d;e\n1;1,5;02.01.2020;1;007\nx;y;2020;no;\n;;;;\n"}, separator=";", set_column_types={
        "a": DataType.to_long(), "b": DataType.to_float(","), "c": DataType.to_datetime(["%d.%m.%Y", "%Y"]),
        "d": DataType.to_bool(), "e": DataType.to_string()})
    assert values(table.to_pandas_dataframe()) == {
        "a": [1, None, None], "b": [1.5, None, None], "c": [pd.Timestamp("2020-01-02"), pd.Timestamp("2020"), None],
        "d": [True, None, None], "e": ["007", None, None]}
    with pytest.raises(DatasetExecutionError, match=r"a\.csv: column 'a' has 'x' in row 2, which cannot be read as lo"):
        table.to_pandas_dataframe(on_error="fail")
    dates = csv({"a.csv": "a,b\n2020-02-31,x\n2/1/2020,x\n2020-02-01T00:00:00Z,x\nnever,x\n"},
                set_column_types={"a": DataType.to_datetime()})
    assert values(dates.to_pandas_dataframe())["a"] == [None, DAY, DAY, None]


def test_dates_that_pandas_does_not_know(csv: Csv) -> None:
    table = csv({"a.csv": "a,b\n0001-01-01,x\n2020-02-01,x\n9999-12-31,x\n"})
    assert values(table.to_pandas_dataframe())["a"] == [None, DAY, None]
    clipped = table.to_pandas_dataframe(out_of_range_datetime="clip")["a"]
    assert [each.year for each in clipped] == [1677, 2020, 2262]
    with pytest.raises(DatasetExecutionError, match="Column 'a' has the date 0001-01-01"):
        table.to_pandas_dataframe(out_of_range_datetime="fail")
    with pytest.raises(UserErrorException, match="out_of_range_datetime is one of 'null', 'clip', 'fail'"):
        table.to_pandas_dataframe(out_of_range_datetime="drop")


def test_paths_and_their_parts(csv: Csv, site: FileSite) -> None:
    files = {f"data/{kind}/2020/0{month}/x.csv": f"a\n{month}\n" for kind in ("in", "out") for month in (2, 3)}
    frame = csv(files, include_path=True, partition_format="/{kind}/{day:yyyy/MM}/*.csv").to_pandas_dataframe()
    assert [*frame] == ["Path", "kind", "day", "a"]
    assert frame.iloc[2].tolist() == [f"{site.url}/data/out/2020/02/x.csv", "out", DAY, 2]
    with pytest.raises(DatasetValidationError, match="names no column"):
        csv({"a.csv": "a\n"}, partition_format="/{day/x.csv")


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0", exclude_categories=["Cs"]), max_size=8)
COLUMNS = st.fixed_dictionaries({
    "number": st.integers(-2**63, 2**63 - 1).filter(lambda each: each not in (0, 1)),
    "float": st.floats(allow_nan=False) | st.just(None),
    "flag": st.booleans(),
    "moment": st.datetimes(pd.Timestamp("1678-01-01").to_pydatetime(), pd.Timestamp("2262-01-01").to_pydatetime()),
    "text": TEXTS.map(lambda text: f"t{text}") | st.just(None),
})


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(COLUMNS, min_size=1, max_size=30))
def test_what_pandas_writes_is_read_back_equal(csv: Csv, rows: list[dict[str, Any]]) -> None:
    wanted = pd.DataFrame(rows).astype({"float": "float64", "moment": "datetime64[ns]"})
    wanted["float"] += 0.5
    buffer = io.StringIO()
    wanted.to_csv(buffer, index=False)
    frame = csv({"a.csv": buffer.getvalue()}, support_multi_line=True).to_pandas_dataframe()
    assert values(frame) == values(wanted)
    assert [str(frame[name].dtype) for name in ("number", "flag", "moment")] == ["int64", "bool", "datetime64[ns]"]
