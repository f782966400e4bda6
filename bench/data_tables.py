"""A large CSV file as a DataFrame: of a dataset, over HTTP, against pandas with the file at hand.

RUNSPOOR_BENCH_TABLE_MB: how large it is; 100 without it, 1000 for what is asked of the product.
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # Its types are another package.
from azure.storage.blob import BlobServiceClient
from runspoor.sdk.dataset import Dataset
from runspoor.sdk.workspace import Workspace

from bench.measure import Result
from bench.target import Target

MEGABYTES = int(os.environ.get("RUNSPOOR_BENCH_TABLE_MB", "100"))
ROWS = 200_000
"""As many are made; they are repeated."""
NAME = "bench/table.csv"


def frames(target: Target) -> list[Result]:
    """``to_pandas_dataframe`` of all rows and of the first ten, and of the same columns pandas alone."""
    told = {"RUNSPOOR_URL": target.system.url, "RUNSPOOR_KEY": target.system.state.key}
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, told):
        file = Path(folder, "table.csv")
        _write(file)
        with BlobServiceClient.from_connection_string(target.system.storage.connection_string) as service, \
                file.open("rb") as content:
            service.get_blob_client("data", NAME).upload_blob(content, overwrite=True, max_concurrency=2)
        workspace = Workspace("subscription", "group", "bench")
        table = Dataset.Tabular.from_delimited_files((workspace.get_default_datastore(), NAME))
        alone = _seconds(lambda: pd.read_csv(file, parse_dates=["when"]))
        fetched = _seconds(lambda: _downloaded_and_read(target, Path(folder, "copy.csv")))
        whole, few = _seconds(table.to_pandas_dataframe), _seconds(table.take(10).to_pandas_dataframe)
    name = f"to_pandas_dataframe, CSV of {MEGABYTES:,} MB"
    return [Result(name, whole, "pandas.read_csv of the local file", alone, "s"),
            Result(name, whole, "bare download, then pandas.read_csv", fetched, "s"),
            Result(f"take(10).{name}", few, "pandas.read_csv of the local file", alone, "s")]


def _downloaded_and_read(target: Target, copy: Path) -> None:
    with BlobServiceClient.from_connection_string(target.system.storage.connection_string) as service, \
            copy.open("wb") as output:
        service.get_blob_client("data", NAME).download_blob(max_concurrency=4).readinto(output)
    pd.read_csv(copy, parse_dates=["when"])


def _seconds(work: Callable[[], object]) -> float:
    """The better of two: the first one also imports."""
    taken = []
    for _ in range(2):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def _write(file: Path) -> None:
    """Whole numbers, fractions, words, points in time and flags."""
    chance = np.random.default_rng(0)
    when = pd.Timestamp("2020-01-01") + pd.to_timedelta(chance.integers(0, 10**8, ROWS), unit="s")
    table = pd.DataFrame({
        "id": np.arange(ROWS), "x": chance.normal(size=ROWS), "y": chance.normal(size=ROWS).round(3),
        "count": chance.integers(0, 1000, ROWS), "word": chance.choice(["alpha", "beta", "gamma delta"], ROWS),
        "when": when, "flag": chance.choice(["true", "false"], ROWS)})
    rows = table.to_csv(index=False, header=False)
    with file.open("w") as output:
        output.write(",".join(table) + "\n")
        while output.tell() < MEGABYTES * 10**6:
            output.write(rows)
