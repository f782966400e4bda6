"""Pip for a new virtual environment, unpacked from the wheel that comes with Python: ensurepip takes seconds."""

from __future__ import annotations

import zipfile
from pathlib import Path

SCRIPT = "#!{python}\nimport sys\n\nfrom pip._internal.cli.main import main\n\nsys.exit(main())\n"
NAMES = ("pip", "pip3")


def put(wheel: str, environment: Path, version: str) -> None:
    """Put pip and its commands into ``environment``, which is of Python ``version``. Raises OSError and BadZipFile."""
    minor = ".".join(version.split(".")[:2])
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(environment / "lib" / f"python{minor}" / "site-packages")
    for name in NAMES:
        script = environment / "bin" / name
        script.write_text(SCRIPT.format(python=environment / "bin" / "python"), encoding="utf-8")
        script.chmod(0o755)
