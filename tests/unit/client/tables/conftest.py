"""A web server of files, and tables of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from runspoor.sdk.dataset import Dataset
from runspoor.sdk.tabular_dataset import TabularDataset

from tests.unit.client.tables.range_server import FileSite, file_site

Csv = Callable[..., TabularDataset]


@pytest.fixture(scope="module")
def server() -> Iterator[FileSite]:
    with file_site() as site:
        yield site


@pytest.fixture
def site(server: FileSite) -> FileSite:
    """Without any files, and well-behaved."""
    server.files, server.refused, server.ranges, server.sent = {}, {}, True, 0
    server.asked.clear()
    return server


@pytest.fixture
def csv(site: FileSite) -> Csv:
    """``csv({"a.csv": "a,b\\n1,2\\n"}, separator=";")``: the table of these files."""
    def made(files: Mapping[str, str | bytes], **options: Any) -> TabularDataset:
        return Dataset.Tabular.from_delimited_files([site.put(name, text) for name, text in files.items()], **options)

    return made
