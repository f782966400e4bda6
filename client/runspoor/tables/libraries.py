"""The libraries that tables need and scripts may lack: looked for when the first table is read."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

from runspoor.sdk.exceptions import UserErrorException

Batch = Any
"""A ``pyarrow.RecordBatch``; pyarrow says nothing of its types."""
Array = Any
"""A ``pyarrow.Array``."""
Schema = Any
"""A ``pyarrow.Schema``."""


def arrow(part: str = "") -> ModuleType:
    """pyarrow, or a ``part`` of it: ``csv``, ``compute``... UserErrorException where it is not installed."""
    return _module(f"pyarrow.{part}" if part else "pyarrow")


def pandas() -> ModuleType:
    """pandas. UserErrorException where it is not installed."""
    return _module("pandas")


def _module(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ImportError as error:
        missing = name.partition(".")[0]
        raise UserErrorException(f"Tables are read with {missing}, which this Python does not have: run 'pip install "
                                 f"{missing}', or add {missing} to the packages of the run's environment.") from error
