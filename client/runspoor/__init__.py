"""Runspoor from Python: log from inside a run, or talk to a backend from outside."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runspoor import errors
    from runspoor.client import Client
    from runspoor.tracking import log, log_image, log_list, log_row, log_table, set_tags, tag

__all__ = ["Client", "errors", "log", "log_image", "log_list", "log_row", "log_table", "set_tags", "tag"]

# Loaded at first use: a script that only logs needs no HTTP client, and its environment may have none.
_MODULES = {**dict.fromkeys(__all__, "runspoor.tracking"), "Client": "runspoor.client"}


def __getattr__(name: str) -> object:
    if name == "errors":
        return import_module("runspoor.errors")
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value = getattr(import_module(_MODULES[name]), name)
    return value
