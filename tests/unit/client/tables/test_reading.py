"""How files come: by parts, no more than is needed, and what is said of those that do not."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # Its types are another package.
import pytest
from runspoor.sdk.data_types import DataType
from runspoor.sdk.dataset import Dataset
from runspoor.sdk.dataset_errors import DatasetExecutionError
from runspoor.sdk.exceptions import NotOffered, UserErrorException
from runspoor.tables.file_bytes import HEAD_BYTES, TableFile
from runspoor.tables.reading import Table
from runspoor.transport import Storage

from tests.unit.client.tables.conftest import Csv
from tests.unit.client.tables.range_server import FileSite, Repeated
from tests.unit.client.tables.test_delimited import values

CLIENT = Path(__file__).resolve().parents[4] / "client"
ROWS = 400_000
BLOCKS_BYTES = 128 * 2**20
"""On their way, or being made into columns: some blocks of 4 MiB for each of two threads."""
BIG = "a,b,c\n" + "".join(f"{number},x{number % 7},{number / 4}\n" for number in range(ROWS))


def parquet(**columns: object) -> bytes:
    buffer = io.BytesIO()
    pd.DataFrame(columns).to_parquet(buffer, row_group_size=20_000)
    return buffer.getvalue()


def test_a_few_rows_need_only_the_beginning(csv: Csv, site: FileSite) -> None:
    table = csv({"a.csv": BIG, "b.csv": "never asked for"})
    assert table.skip(5).take(10).to_pandas_dataframe()["a"].tolist() == [*range(5, 15)]
    assert site.sent <= 256 * 1024
    assert len(site.asked) == 1
    assert site.sent < len(BIG) / 10


def test_a_large_file_comes_whole_and_in_order(csv: Csv, site: FileSite) -> None:
    frame = csv({"a.csv": BIG}).to_pandas_dataframe()
    assert frame["a"].tolist() == [*range(ROWS)]
    assert frame["c"].sum() == sum(range(ROWS)) / 4
    assert site.sent == len(BIG)


def test_a_server_without_ranges_will_do(csv: Csv, site: FileSite) -> None:
    site.ranges = False
    table = csv({"a.csv": BIG})
    assert table.take(3).to_pandas_dataframe()["a"].tolist() == [0, 1, 2]
    assert len(table.to_pandas_dataframe()) == ROWS
    parts = Dataset.Tabular.from_parquet_files(site.put("a.parquet", parquet(a=[1, 2])))
    assert parts.to_pandas_dataframe()["a"].tolist() == [1, 2]


SAMPLE = """
import sys
from runspoor.sdk.dataset import Dataset
from runspoor.tables import delimited
delimited.THREADS = 2  # Each has a block or two.
def peak(): return int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]) * 1024
table = Dataset.Tabular.from_delimited_files(sys.argv[1])
print(len(table.take(10).to_pandas_dataframe()), flush=True)
input()
before = peak()
frame = table.keep_columns(["a", "c"]).to_pandas_dataframe()
print(len(frame), int(frame["a"].sum()), frame["c"].sum(), frame.memory_usage().sum(), peak() - before)
"""


def test_a_table_of_one_gigabyte(site: FileSite) -> None:
    """Some rows need a part of the file. All of them need each byte once, and memory for the frame and not for the
    file: what has been made into columns is let go, block by block."""
    rows = 4_000_000
    url = site.put("a.csv", Repeated(b"a,b,c\n", b"123456789," + b"some words of a row " * 12 + b",0.25\n", rows))
    assert len(site.files["/a.csv"]) > 10**9
    with subprocess.Popen([sys.executable, "-c", SAMPLE, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as reader:
        assert reader.stdout
        assert reader.stdout.readline() == "10\n"
        assert (len(site.asked), site.sent) == (1, HEAD_BYTES)
        site.sent = 0
        said, trouble = reader.communicate("go on\n")
    assert reader.returncode == 0, trouble
    count, total, fractions, frame, grown = map(float, said.split())
    assert (count, total, fractions) == (rows, 123456789 * rows, rows / 4)
    assert site.sent == len(site.files["/a.csv"])
    assert frame == rows * 16 + 132
    assert grown < 2 * frame + BLOCKS_BYTES


def test_many_files_come_in_their_order_and_once_each(csv: Csv, site: FileSite) -> None:
    table = csv({f"{number:03}.csv": f"Path,a\n{number}.5,{number}\n" for number in range(2, 202)}, include_path=True)
    frame = table.to_pandas_dataframe()
    assert frame["a"].tolist() == [*range(2, 202)]
    assert frame["Path"].tolist() == [f"{site.url}/{number:03}.csv" for number in range(2, 202)]
    assert len(site.asked) == 200


@pytest.mark.parametrize(("status", "said"), [
    (404, r"There is no file at http://.*/a\.csv\."),
    (403, r"/a\.csv cannot be read: the server answered HTTP 403\."),
    (410, r"/a\.csv cannot be read: the server answered HTTP 410\."),
])
def test_what_is_said_of_files_that_cannot_be_had(csv: Csv, site: FileSite, status: int, said: str) -> None:
    table = csv({"a.csv": "a\n1\n"})
    site.refused["/a.csv"] = status
    with pytest.raises(DatasetExecutionError, match=said):
        table.to_pandas_dataframe()


def read(*files: TableFile, steps: tuple[Mapping[str, Any], ...] = ()) -> Any:
    return Table({"reading": {"format": "delimited"}, "steps": steps}, files, Storage(2)).read()


def test_a_file_that_has_changed_is_said(site: FileSite) -> None:
    url = site.put("a.csv", "a,b\n1,2\n")
    pinned = TableFile("a.csv", url, "/a.csv", site.etag("/a.csv").strip('"'))
    assert read(pinned).num_rows == 1
    site.put("a.csv", "a,b\n3,4\n")
    with pytest.raises(DatasetExecutionError, match=r"/a\.csv has changed since the dataset was registered"):
        read(pinned)


def test_a_file_that_changes_meanwhile_is_said(site: FileSite, monkeypatch: pytest.MonkeyPatch) -> None:
    tags = iter('"1"'.replace("1", str(number)) for number in range(100))
    monkeypatch.setattr(site, "etag", lambda path: next(tags))
    with pytest.raises(DatasetExecutionError, match=r"/a\.csv has changed while it was read"):
        read(TableFile("a.csv", site.put("a.csv", BIG), "/a.csv"))


def test_a_permission_that_ends_is_renewed(site: FileSite) -> None:
    url = site.put("a.csv", BIG)
    site.refused["/a.csv?old"] = 403
    renewed: list[str] = []

    def again() -> str:
        renewed.append(f"{url}?new")
        return renewed[-1]

    assert read(TableFile("a.csv", f"{url}?old", "/a.csv", None, again)).num_rows == ROWS
    assert len(renewed) == 1


def test_parts_of_rows_and_columns(csv: Csv) -> None:
    table = csv({"a.csv": BIG[:BIG.index("\n1000,") + 1], "b.csv": "a,b,c\n1000,y,1\n"})
    frame = table.skip(990).take(20).keep_columns(["c", "a"]).drop_columns("c").to_pandas_dataframe()
    assert values(frame) == {"a": [*range(990, 1001)]}
    assert [*table.keep_columns("b", validate=True).take(0).to_pandas_dataframe()] == ["b"]
    with pytest.raises(DatasetExecutionError, match="There is no column 'z'; the columns are 'a', 'b', 'c'"):
        table.keep_columns(["a", "z"], validate=True)
    with pytest.raises(DatasetExecutionError, match="There is no column 'a'; the columns are 'b', 'c'"):
        table.drop_columns("a").drop_columns("a").to_pandas_dataframe()


def test_samples_are_the_same_again_and_splits_share_nothing(csv: Csv) -> None:
    rows = 50_000
    table = csv({"a.csv": BIG[:BIG.index(f"\n{rows},") + 1]})
    one, other = (set(each.to_pandas_dataframe()["a"]) for each in table.random_split(0.3, seed=7))
    assert one | other == set(range(rows))
    assert not one & other
    assert abs(len(one) / rows - 0.3) < 0.01
    assert set(table.take_sample(0.3, seed=7).to_pandas_dataframe()["a"]) == one
    assert set(table.take_sample(0.3, seed=8).to_pandas_dataframe()["a"]) != one
    left, _ = table.random_split(0.5)
    assert left.to_pandas_dataframe().equals(left.to_pandas_dataframe())


def test_parquet(site: FileSite) -> None:
    moment = pd.Timestamp("2020-02-01 01:00", tz="Europe/Berlin")
    content = parquet(a=range(200_000), b="x", c=moment, d=[None, 1.5] * 100_000)
    urls = [site.put(name, content) for name in ("a.parquet", "b.parquet")]
    table = Dataset.Tabular.from_parquet_files(urls, include_path=True)
    frame = table.skip(199_999).take(2).to_pandas_dataframe()
    assert values(frame) == {"Path": urls, "a": [199_999, 0], "b": ["x"] * 2, "c": [pd.Timestamp("2020-02-01")] * 2,
                             "d": [1.5, None]}
    site.sent = 0
    assert table.keep_columns("a").take(3).to_pandas_dataframe()["a"].tolist() == [0, 1, 2]
    assert site.sent < len(content)
    typed = Dataset.Tabular.from_parquet_files(urls[0], set_column_types={"a": DataType.to_string()})
    assert typed.take(1).to_pandas_dataframe()["a"].tolist() == ["0"]


@pytest.mark.parametrize(("second", "said"), [
    (parquet(b=[1]), r"b\.parquet has the columns b, and .*a\.parquet has a"),
    (parquet(a=["x"]), r"b\.parquet: column 'a' is (large_)?string, and in the files before int64"),
    (b"no parquet", r"b\.parquet is no Parquet file"),
])
def test_parquet_files_of_other_kinds(site: FileSite, second: bytes, said: str) -> None:
    urls = [site.put("a.parquet", parquet(a=[1])), site.put("b.parquet", second)]
    with pytest.raises(DatasetExecutionError, match=said):
        Dataset.Tabular.from_parquet_files(urls).to_pandas_dataframe()


LINES = [{"a": 1, "b": "x", "d": "2020-02-01"}, {"a": 2.5, "b": None, "c": {"e": [1]}}]


def lines(site: FileSite, text: str, **options: Any) -> Any:
    return Dataset.Tabular.from_json_lines_files(site.put("a.jsonl", text), **options).to_pandas_dataframe()


def test_json_lines(site: FileSite) -> None:
    frame = lines(site, "\n\n".join(map(json.dumps, LINES)), set_column_types={"d": DataType.to_datetime()})
    assert values(frame.drop(columns="c")) == {"a": [1, 2.5], "b": ["x", None], "d": [pd.Timestamp("2020-02-01"), None]}
    assert frame["c"][1]["e"].tolist() == [1]


def test_json_lines_that_change_later_on(site: FileSite) -> None:
    many = "".join(json.dumps({"a": number, "b": number, "c": "x"}) + "\n" for number in range(10_000))
    frame = lines(site, many + '{"a": 0.5, "b": "late", "d": true}\n')
    assert (len(frame), frame["a"].dtype, frame["a"].iloc[-1], frame["b"].iloc[-1], frame["b"][7]) == (
        10_001, "float64", 0.5, "late", "7")
    assert (frame["c"].iloc[-1:].isna().all(), frame["d"].iloc[-1]) == (True, True)


def test_lines_that_are_no_json(site: FileSite) -> None:
    text = '{"a": 1}\n{"a":\n[2]\n{"a": 3}'
    with pytest.raises(DatasetExecutionError, match=r"a\.jsonl has in row 2 no JSON object .*: mend the line, or say"):
        lines(site, text)
    assert lines(site, text, invalid_lines="drop")["a"].tolist() == [1, 3]
    with pytest.raises(DatasetExecutionError, match=r"a\.jsonl is no text in the encoding 'ascii'"):
        lines(site, '{"a": "é"}', encoding="ascii")


def test_without_pyarrow_a_sentence_says_what_to_install() -> None:
    code = (f"import sys; sys.path.insert(0, {str(CLIENT)!r})\n"
            "from runspoor.sdk.dataset import Dataset\n"
            "try: Dataset.Tabular.from_delimited_files('http://a.example/b.csv').to_pandas_dataframe()\n"
            "except Exception as error: print(error.message)")
    done = subprocess.run([sys.executable, "-S", "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Tables are read with pandas, which this Python does not have: run 'pip install pan")


def test_what_is_refused(csv: Csv) -> None:
    table = csv({"a.csv": "a\n"})
    for ask in (lambda: table.take(-1), lambda: table.take_sample(2), lambda: table.keep_columns([]),
                lambda: table.take(1.5), lambda: table.take_sample(0.5, seed="a"),  # type: ignore[arg-type]
                lambda: table.to_pandas_dataframe(on_error="ignore"), lambda: DataType.to_float(";"),
                lambda: csv({"a.csv": "a\n"}, set_column_types={"a": "long"})):
        with pytest.raises(UserErrorException):
            ask()
    with pytest.raises(NotOffered):
        DataType.to_stream(None)  # type: ignore[arg-type]  # whatever it is given


def test_numbers_of_numpy_are_numbers(csv: Csv) -> None:
    table = csv({"a.csv": "a,b\n1,2\n3,4\n5,6\n"})
    assert table.skip(np.int64(1)).take(np.int32(1)).to_pandas_dataframe()["a"].tolist() == [3]
    halves = [half.to_pandas_dataframe() for half in table.random_split(np.float32(0.5), seed=np.int64(3))]
    assert [*halves[0]["a"], *halves[1]["a"]] == [*table.random_split(0.5, seed=3)[0].to_pandas_dataframe()["a"],
                                                  *table.random_split(0.5, seed=3)[1].to_pandas_dataframe()["a"]]
    assert list(table.drop_columns([]).to_pandas_dataframe()) == ["a", "b"]
    assert list(table.drop_columns(table.to_pandas_dataframe().columns[:1]).to_pandas_dataframe()) == ["b"]
