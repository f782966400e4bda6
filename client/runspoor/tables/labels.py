"""Columns that come from where a file lies: its path, and the parts of it that ``partition_format`` names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from runspoor.sdk.dataset_errors import DatasetExecutionError, DatasetValidationError
from runspoor.tables.file_bytes import TableFile
from runspoor.tables.libraries import Batch, arrow

PATH = "Path"
FIELD = re.compile(r"\{([^{}:]+)(?::([^{}]+))?\}")
DATE_PARTS = {"yyyy": r"\d{4}", "MM": r"\d{2}", "dd": r"\d{2}", "HH": r"\d{2}", "mm": r"\d{2}", "ss": r"\d{2}"}
STRPTIME = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
PARTS = re.compile("|".join(DATE_PARTS))


class PartitionFormat:
    """``/{Department}/{Date:yyyy/MM/dd}/data.csv``: columns of text, and of dates where a format is given.

    It describes the end of the path; ``*`` stands for any characters of one name. Raises DatasetValidationError.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._formats: Mapping[str, str] = dict(FIELD.findall(text))
        if not self._formats or re.search(r"[{}]", FIELD.sub("", text)):
            raise DatasetValidationError(f"partition_format {text!r} names no column: write /{{Department}}/"
                                         "{Date:yyyy/MM/dd}/data.csv, for example.")
        self._pattern = re.compile(_pattern(text) + "$")

    @property
    def columns(self) -> Sequence[str]:
        return [*self._formats]

    def values(self, file: TableFile, path: str) -> Mapping[str, str | datetime]:
        """The values for a file at ``path``. DatasetExecutionError when that is not of this format."""
        found = self._pattern.search(path)
        if found is None:
            raise DatasetExecutionError(f"{file.place} is not of the partition_format {self._text!r}.", None)
        return {name: _value(text, form) for (name, form), text in zip(self._formats.items(), found.groups())}


def _pattern(text: str) -> str:
    literal, pattern = 0, ""
    for field in FIELD.finditer(text):
        pattern += _literal(text[literal:field.start()])
        date = field[2]
        pattern += f"({PARTS.sub(lambda part: DATE_PARTS[part[0]], re.escape(date))})" if date else "([^/]+)"
        literal = field.end()
    return pattern + _literal(text[literal:])


def _literal(text: str) -> str:
    return re.escape(text).replace(r"\*", "[^/]*")


def _value(text: str, form: str) -> str | datetime:
    return datetime.strptime(text, PARTS.sub(lambda part: STRPTIME[part[0]], form)) if form else text


def labelled(batch: Batch, labels: Mapping[str, Any]) -> Batch:
    """The batch with ``labels`` as its first columns, the same in every row; they hide its own of these names."""
    pa = arrow()
    columns = {name: pa.repeat(pa.scalar(value, _type(value)), batch.num_rows) for name, value in labels.items()}
    columns.update({name: column for name, column in zip(batch.schema.names, batch.columns) if name not in labels})
    return pa.RecordBatch.from_pydict(columns) if columns else batch


def _type(value: object) -> Any:
    return arrow().timestamp("us") if isinstance(value, datetime) else arrow().string()
