from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cosmos_emulator.table import Table


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    table = Table.create(tmp_path)
    yield table
    table.storage.close()
