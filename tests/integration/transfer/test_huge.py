"""A huge sparse file there and back: in blocks, in little memory, and as sparse as it was.

RUNSPOOR_TEST_GIB: how huge. 1 without it, many times the memory that is allowed; 5 takes a minute of hashing and
copying.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.transfer.block_store import serving

MIB = 1024 * 1024
HUGE = int(os.environ.get("RUNSPOOR_TEST_GIB", "1")) * 1024 * MIB + 7
BLOCKS, PARTS = (-(-HUGE // size) for size in (4 * MIB, 8 * MIB))
LEFT = 41
"""Blocks that an upload which was interrupted has left to be sent."""
END = b"the end"
PEAK = """
def peak(): return int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]) // 1024
import sys
from pathlib import Path
from runspoor.transfer.download import Remote, download
from runspoor.transfer.upload import upload
url, file, size = f"{sys.argv[1]}/huge?sig=1", Path(sys.argv[2]), int(sys.argv[3])
before = peak()
"""
UPLOAD = PEAK + """
assert upload({"huge": file}, lambda paths: {"kind": "blob", "urls": {"huge": url}}) == ["huge"]
print(peak() - before)
"""
DOWNLOAD = PEAK + """
assert download([Remote(file.name, url, size, '"1"')], file.parent) == [file]
print(peak() - before)
"""


def grown(code: str, url: str, file: Path) -> int:
    """MiB of memory that the work of ``code`` needed at most."""
    done = subprocess.run([sys.executable, "-c", code, url, file, str(HUGE)], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.timeout(600)
def test_a_huge_file_there_and_back(tmp_path: Path) -> None:
    """Eight blocks, or parts, are on their way at once, and a few more wait. Most of the upload was done before."""
    there, back = tmp_path / "there", tmp_path / "back"
    with there.open("wb") as file:
        file.truncate(HUGE - len(END))
        file.seek(0, os.SEEK_END)
        file.write(END)
    with serving() as store:
        store.interrupted(BLOCKS - LEFT, 4 * MIB)
        assert grown(UPLOAD, store.url, there) < 12 * 4
        assert (len(store.committed), store.size, store.waiting, store.sent) == (BLOCKS, HUGE, {}, LEFT)
        assert {size for size, _ in store.committed[:-1]} == {4 * MIB}
        assert store.committed[-1] == (7, END)
        assert grown(DOWNLOAD, store.url, back) < 3 * 9 * 8
        assert len(store.parts) == len(set(store.parts)) == PARTS
    assert back.stat().st_size == HUGE
    assert back.stat().st_blocks * 512 < 16 * MIB, "what is zero takes no room on the disk"
    with back.open("rb") as file:
        file.seek(-2 * len(END), os.SEEK_END)
        assert file.read() == bytes(len(END)) + END
    assert sorted(os.listdir(tmp_path)) == ["back", "there"]
