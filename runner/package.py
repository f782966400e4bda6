"""Building ``runner.pyz``: ``python -m runner.package OUT.pyz``."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# The earliest time a zip archive knows: the same sources give the same bytes.
EPOCH = (1980, 1, 1, 0, 0, 0)
LEFT_OUT = frozenset({"runner/package.py"})


def build() -> bytes:
    """The zipapp: ``__main__.py``, the package ``runner``, and the package ``runspoor`` for the script.

    Stored, not compressed: bytes that do not depend on the version of zlib, and a quicker start.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(_entries()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # Unix, wherever it is built
            archive.writestr(entry, content)
    return buffer.getvalue()


def _entries() -> Iterator[tuple[str, bytes]]:
    yield "__main__.py", (ROOT / "runner" / "__main__.py").read_bytes()
    for parent, package in ((ROOT, "runner"), (ROOT / "client", "runspoor")):
        for path in (parent / package).rglob("*.py"):
            name = path.relative_to(parent).as_posix()
            if name not in LEFT_OUT:
                yield name, path.read_bytes()


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m runner.package OUT.pyz", file=sys.stderr)
        return 2
    Path(arguments[0]).write_bytes(build())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
