"""A real mount for a test."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runspoor.mount import device
from runspoor.mount.process import Mounted

from tests.integration.mount.storage import Storage


def _can_mount() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        try:
            os.close(device.mount(folder))
        except device.CannotMount:
            return False
        device.unmount(folder)
        return True


CAN_MOUNT = _can_mount()
"""Whether this machine can. Where it cannot, what needs a real mount is not collected."""


@contextmanager
def mounted(storage: Storage, point: Path, patience: float = 5) -> Iterator[Path]:
    """The files of ``storage`` at ``point``; it is free again afterwards."""
    with suppress(FileExistsError):
        point.mkdir()
    mount = Mounted(storage.described(point, patience))
    try:
        yield point
    finally:
        mount.stop()
    assert not device.is_mounted(str(point))
    assert list(point.iterdir()) == []
