"""A DataFrame as a Parquet file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from runspoor.sdk.exceptions import UserErrorException
from runspoor.tables.libraries import arrow

NAME = "part-00000.parquet"


@contextmanager
def written(dataframe: Any, row_group_size: int | None) -> Iterator[Path]:
    """The file, until the end of the ``with``; the index of the DataFrame is left out, as in v1.

    UserErrorException when a column has values that no type covers.
    """
    pa = arrow()
    try:
        table = pa.Table.from_pandas(dataframe, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise UserErrorException(f"The DataFrame cannot be written: {'; '.join(map(str, error.args))}. Give each column"
                                 " values of one type.") from error
    with tempfile.TemporaryDirectory() as folder:
        arrow("parquet").write_table(table, Path(folder, NAME), row_group_size=row_group_size)
        yield Path(folder, NAME)
