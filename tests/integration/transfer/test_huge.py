"""A file of five gibibytes there and back: in blocks, in little memory, and as sparse as it was."""

import os
import subprocess
import sys
from pathlib import Path

from tests.integration.transfer.block_store import serving

MIB = 1024 * 1024
HUGE = 5 * 1024 * MIB + 7
BLOCKS, PARTS = 1281, 641
"""Of 4 and of 8 MiB."""
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


def test_five_gibibytes_there_and_back(tmp_path: Path) -> None:
    """Eight blocks, or parts, are on their way at once, and one or two more wait."""
    there, back = tmp_path / "there", tmp_path / "back"
    with there.open("wb") as file:
        file.truncate(HUGE - len(END))
        file.seek(0, os.SEEK_END)
        file.write(END)
    with serving() as store:
        assert grown(UPLOAD, store.url, there) < 12 * 4
        assert (len(store.committed), store.size, store.waiting) == (BLOCKS, HUGE, {})
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
