"""Bytes on their way from the network to the disk: an OSError of the one looks like an OSError of the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from runner.retry import TROUBLE

PIECE_BYTES = 256 * 1024


class DiskTrouble(Exception):
    """The disk, not the network: asking the server again would not help."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause


class _NetworkTrouble(Exception):
    """What reading the answer raised, carried past ``to_disk``."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


@contextmanager
def to_disk() -> Iterator[None]:
    """An OSError inside is DiskTrouble, unless it is one of the network and comes from ``pieces``."""
    try:
        yield
    except _NetworkTrouble as error:
        raise error.cause from error
    except OSError as error:
        raise DiskTrouble(error) from error


def pieces(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """What ``read`` gives, to its end."""
    while True:
        try:
            piece = read(PIECE_BYTES)
        except TROUBLE as error:
            raise _NetworkTrouble(error) from error
        if not piece:
            return
        yield piece
