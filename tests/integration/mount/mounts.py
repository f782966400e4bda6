"""A real mount for a test."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runspoor.mount import device
from runspoor.mount.process import Mounted

from tests.integration.mount.storage import Storage


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
