"""Where a model lies on this machine. Reads folders, asks no backend."""

from __future__ import annotations

import os
from pathlib import Path

CACHE = Path("azureml-models")
"""The folder of downloaded models: ``<name>/<version>/`` and in it the file or folder that was registered."""
MODEL_DIR = "AZUREML_MODEL_DIR"
"""Says where models have been put for this process: as in the cache, or by their names."""


def put_here(name: str, version: int | None) -> str | None:
    """The path of a model's file or folder below AZUREML_MODEL_DIR; none when it is not there."""
    given = os.environ.get(MODEL_DIR)
    return (kept(name, version, Path(given)) or beside(name, Path(given))) if given else None


def kept(name: str, version: int | None, root: Path = CACHE) -> str | None:
    """The path in a folder like the cache; without a version the highest there is."""
    folder = root / name
    names = [each.name for each in folder.iterdir()] if folder.is_dir() else []
    numbers = sorted((int(each) for each in names if each.isdecimal()), reverse=True)
    for number in numbers if version is None else [version]:
        if found := _content(folder / str(number)):
            return str(found)
    return None


def beside(name: str, root: Path = Path()) -> str | None:
    """The file or folder of the model's own name."""
    return str(root / name) if (root / name).exists() else None


def _content(folder: Path) -> Path | None:
    """What was registered: the only thing in the folder, or all of it."""
    found = list(folder.iterdir()) if folder.is_dir() else []
    return found[0] if len(found) == 1 else folder if found else None
