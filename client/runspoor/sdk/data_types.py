"""``DataType``: what the columns of a table are, for ``set_column_types``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runspoor.sdk.exceptions import NotOffered, UserErrorException
from runspoor.sdk.surface import Surface

if TYPE_CHECKING:
    from runspoor.sdk.workspace import Workspace

DECIMAL_MARKS = (".", ",")


@dataclass(frozen=True)
class ColumnType:
    """What ``DataType.to_...`` gives. ``more``: formats of dates, or the decimal mark of numbers."""

    kind: str
    more: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """As ``POST datasets`` takes it."""
        return {"kind": self.kind, **self.more}


class DataType(Surface, v1="azureml.data.DataType"):
    """Types of columns."""

    @staticmethod
    def to_bool() -> ColumnType:
        """True or false: ``true``, ``1``, ``false``, ``0``."""
        return ColumnType("bool")

    @staticmethod
    def to_datetime(formats: str | Sequence[str] | None = None) -> ColumnType:
        """A point in time, in one of the ``formats`` of strptime; without any in ISO 8601 or as month/day/year."""
        return ColumnType("datetime", {"formats": [formats] if isinstance(formats, str) else list(formats or ())})

    @staticmethod
    def to_float(decimal_mark: str = ".") -> ColumnType:
        """A number with a fraction behind a point or a comma."""
        if decimal_mark not in DECIMAL_MARKS:
            raise UserErrorException(f"A decimal mark is '.' or ',', and not {decimal_mark!r}.")
        return ColumnType("float", {"decimal_mark": decimal_mark})

    @staticmethod
    def to_long() -> ColumnType:
        """A whole number."""
        return ColumnType("long")

    @staticmethod
    def to_stream(workspace: Workspace, escaped: bool = False) -> ColumnType:
        """Files that a column refers to are not offered."""
        raise NotOffered("DataType.to_stream", "keep the column as text, and make a FileDataset of the files")

    @staticmethod
    def to_string() -> ColumnType:
        """Text, as it is written."""
        return ColumnType("string")


def documents(given: Mapping[str, object] | None) -> dict[str, Any]:
    """``set_column_types`` as ``POST datasets`` takes it. Raises UserErrorException."""
    for name, each in (given or {}).items():
        if not isinstance(name, str) or not isinstance(each, ColumnType):
            raise UserErrorException("set_column_types is a dictionary from the name of a column to a DataType, such as"
                                     f" {{'day': DataType.to_datetime()}}, and has {name!r}: {each!r}.")
    return {name: each.document() for name, each in (given or {}).items() if isinstance(each, ColumnType)}
