"""What every format of files does for a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from runspoor.tables.file_bytes import FileBytes
from runspoor.tables.libraries import Batch


class Format(Protocol):
    """Files of one format. What their columns are is assumed from a look at the beginning, or known from all of it."""

    def look(self, contents: Sequence[FileBytes]) -> None:
        """Assume that all rows are like the first ones."""

    def survey(self, contents: Sequence[FileBytes]) -> None:
        """Look at all rows: they are not all like the first ones."""

    def types(self) -> Mapping[str, Any]:
        """The Arrow type of each column, in the order of the columns."""

    def batches(self, content: FileBytes, columns: Sequence[str]) -> Iterator[Batch]:
        """The rows of a file, of these columns as far as it has them. ``Misfit`` when what was assumed is wrong."""
