"""A blob that grows at its end, whatever is sent twice."""

from __future__ import annotations

from runner.blobs import Blobs, expect, md5

# An append block holds at most 4 MiB, and an append blob at most 50,000 blocks.
# https://learn.microsoft.com/rest/api/storageservices/append-block
BLOCK_BYTES = 4 * 1024 * 1024
BLOCKS_PER_DOUBLING = 4000
FIRST_INTERVAL_SECONDS = 0.5
FIRST_FLUSH_BYTES = 1024 * 1024


def pace(blocks: int) -> tuple[float, int]:
    """(seconds between appends, bytes that are appended sooner) once ``blocks`` blocks are used.

    Both double every 4,000 blocks: 50,000 blocks then last for 4 months, or for 180 GB.
    """
    growth = 2 ** (blocks // BLOCKS_PER_DOUBLING)
    return FIRST_INTERVAL_SECONDS * growth, min(BLOCK_BYTES, FIRST_FLUSH_BYTES * growth)


class AppendBlob:
    """An append blob with one writer. ``position`` is its length, ``blocks`` the number of appends."""

    def __init__(self, blobs: Blobs, name: str, content_type: str) -> None:
        self.name = name
        self.position = 0
        self.blocks = 0
        self._blobs = blobs
        self._content_type = content_type
        self._exists = False
        self._unsure = 0  # length of a block whose answer never came

    def create(self) -> None:
        """Make it exist and be empty."""
        headers = {"x-ms-blob-type": "AppendBlob", "x-ms-blob-content-type": self._content_type}
        expect(201, self.name, self._blobs.send("PUT", self.name, headers))
        self._exists = True

    def append(self, data: bytes) -> int:
        """Append the beginning of ``data``, and give how many bytes that was. Raises Refused, Outage, Fenced.

        A try whose answer was lost is sent again as the very same block at the very same position. As nobody else
        writes, "not at that position any more" then says that it had arrived.
        """
        if not self._exists:
            self.create()
        before, block = self._unsure, data[:self._unsure or BLOCK_BYTES]
        self._unsure = len(block)
        headers = {"x-ms-blob-condition-appendpos": str(self.position), "Content-MD5": md5(block)}
        response = self._blobs.send("PUT", self.name, headers, block, query="comp=appendblock")
        if not (response.status == 412 and (response.uncertain or before)):
            expect(201, self.name, response)
        self._unsure = 0
        self.position += len(block)
        self.blocks += 1
        return len(block)
