"""Building ``runner.pyz``: ``python -m runner.package OUT.pyz``."""

from __future__ import annotations

import importlib.util
import io
import marshal
import sys
import zipfile
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType

ROOT = Path(__file__).resolve().parents[1]
# The earliest time a zip archive knows: the same sources give the same bytes.
EPOCH = (1980, 1, 1, 0, 0, 0)
LEFT_OUT = frozenset({"runner/package.py"})
# https://peps.python.org/pep-0552: byte code that is taken as it is, whatever became of its source.
UNCHECKED = (1).to_bytes(4, "little") + bytes(8)
# The newest that writes no references: with them the same code does not always give the same bytes.
MARSHAL = 2


def build() -> bytes:
    """The zipapp: ``__main__.py``, the package ``runner``, and the package ``runspoor`` for the script.

    Stored, not compressed: bytes that do not depend on the version of zlib, and a quicker start. The runner's
    modules are there as byte code too, for nodes that have this Python: others compile them at every start.
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
                if package == "runner":
                    yield f"{name}c", _compiled(name, path)


def _compiled(name: str, path: Path) -> bytes:
    """What Python keeps for a module that it has compiled; taken from there if it has."""
    code = SourceFileLoader(name, str(path)).get_code(name)
    assert code, "a file of source code has code"
    return importlib.util.MAGIC_NUMBER + UNCHECKED + marshal.dumps(_placed(code, name), MARSHAL)


def _placed(code: CodeType, name: str) -> CodeType:
    """The code with the name that its file has on a node, for tracebacks; the machine's own is nobody's business."""
    within = tuple(_placed(each, name) if isinstance(each, CodeType) else each for each in code.co_consts)
    return code.replace(co_filename=name, co_consts=within)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m runner.package OUT.pyz", file=sys.stderr)
        return 2
    Path(arguments[0]).write_bytes(build())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
