"""How often a blob is appended to, how a file is cut, and how long to wait before a retry."""

from http.client import HTTPMessage

import pytest

from runner.append import BLOCK_BYTES, pace
from runner.connections import Response
from runner.retry import LONGEST_DELAY_SECONDS, delay, retry_after
from runner.upload import MOST_BLOCKS, block_size

MOST_APPENDS = 50_000
DAY = 24 * 3600


def test_a_blob_lasts_for_months_and_for_100_gb() -> None:
    paces = [pace(blocks) for blocks in range(MOST_APPENDS)]

    assert paces[0] == (0.5, 1024 * 1024)
    assert sum(seconds for seconds, _ in paces) > 100 * DAY
    assert sum(size for _, size in paces) > 100 * 10**9
    assert max(size for _, size in paces) <= BLOCK_BYTES


@pytest.mark.parametrize("size", [0, 17 * 1024**2, 390 * 1024**3, 391 * 1024**3, 4 * 1024**4])
def test_a_file_fits_in_the_blocks_there_are(size: int) -> None:
    assert -(-size // block_size(size)) <= MOST_BLOCKS
    assert block_size(size) >= 8 * 1024**2


def test_retries_grow_apart_but_not_for_ever() -> None:
    assert delay(0) <= 0.1
    assert delay(3) > delay(0)
    assert delay(10_000) <= LONGEST_DELAY_SECONDS


@pytest.mark.parametrize(("text", "seconds"), [
    ("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("soon", 0.0), ("", 0.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0)])
def test_retry_after(text: str, seconds: float) -> None:
    headers = HTTPMessage()
    headers["Retry-After"] = text

    assert retry_after(Response(503, headers, b"")) == seconds
