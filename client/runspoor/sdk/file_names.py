"""Names of a run's files, and where they go on this machine. Pure."""

from __future__ import annotations

import os
from pathlib import Path
from posixpath import normpath

OUTPUTS = "outputs"
LOG_FOLDERS = ("logs", "user_logs")
FOLDERS = (OUTPUTS, *LOG_FOLDERS, "system_logs", "batch")
"""Where a run has files."""


def stored_name(name: str) -> str:
    """The name a file is stored under: as it is when it lies in a folder of runs, else below ``outputs``."""
    plain = normpath(name.replace("\\", "/")).lstrip("/")
    return plain if plain.split("/")[0] in FOLDERS else f"{OUTPUTS}/{plain}"


def below(folder: str | None, name: str) -> str:
    """What is left of ``name`` below a folder; the base name of the file itself; "" when it lies elsewhere."""
    root = (folder or "").rstrip("/")
    if name == root:
        return name.rsplit("/", 1)[-1]
    return name[len(root) + 1:] if name.startswith(f"{root}/") else ""


def local_path(name: str, wanted: str | os.PathLike[str] | None) -> Path:
    """Where a download goes: base name here, base name in a folder (it exists, or ends with a slash), or ``wanted``."""
    base = name.rsplit("/", 1)[-1]
    if wanted is None:
        return Path(base)
    is_folder = os.fspath(wanted).endswith(("/", os.sep)) or Path(wanted).is_dir()
    return Path(wanted) / base if is_folder else Path(wanted)
