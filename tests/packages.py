"""Tiny packages made on the spot, so that installing needs no index and no network."""

import base64
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

TAG = "py3-none-any"


def wheel(folder: Path, name: str, version: str, source: str, *, requires: tuple[str, ...] = (),
          command: str | None = None) -> Path:
    """A wheel with one module ``name``; ``command`` is a program that calls its ``main``."""
    info = f"{name}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
    files = {
        f"{name}.py": dedent(source),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {TAG}\n",
    }
    if command:
        files[f"{info}/entry_points.txt"] = f"[console_scripts]\n{command} = {name}:main\n"
    record = "".join(f"{path},sha256={_digest(text)},{len(text.encode())}\n" for path, text in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    target = folder / f"{name}-{version}-{TAG}.whl"
    with zipfile.ZipFile(target, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return target


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def source(folder: Path, name: str, version: str, build: str) -> Path:
    """A source distribution whose build is the code ``build``: it may wait, fail or print, as builds do."""
    files = {
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        "backend.py": f"def build_wheel(folder, settings=None, metadata=None):\n{_indented(build)}\n",
    }
    target = folder / f"{name}-{version}.tar.gz"
    with tarfile.open(target, "w:gz") as archive:
        _add(archive, f"{name}-{version}", files)
    return target


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in dedent(text).strip().splitlines())


def _add(archive: tarfile.TarFile, top: str, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        entry = tarfile.TarInfo(f"{top}/{path}")
        entry.size = len(text.encode())
        archive.addfile(entry, io.BytesIO(text.encode()))
