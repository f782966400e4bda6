"""How long the runner waits for people's data: variables of the node, in seconds."""

from __future__ import annotations

import os


def _seconds(name: str, usual: float) -> float:
    try:
        return float(os.environ.get(name, usual))
    except ValueError:
        return usual


MOUNT_READY_SECONDS = _seconds("RUNSPOOR_MOUNT_READY_SECONDS", 60.0)
"""For a mount to be there."""
STORAGE_PATIENCE_SECONDS = _seconds("RUNSPOOR_STORAGE_PATIENCE_SECONDS", 120.0)
"""For a byte of a file that was not there before, whatever its server says."""
OUTPUT_SETTLED_SECONDS = _seconds("RUNSPOOR_OUTPUT_SETTLED_SECONDS", 5.0)
"""For a file of a mounted output to be uploaded once it does not change any more; removals take up to three times that.
"""
OUTPUT_PATIENCE_SECONDS = _seconds("RUNSPOOR_OUTPUT_PATIENCE_SECONDS", 600.0)
"""For a datastore to take a part of a file; after that the files that are left are not tried."""
