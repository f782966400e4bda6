"""YAML, for those who have PyYAML: a script's environment need not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from runspoor.sdk.exceptions import UserErrorException


def load(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The mapping that a YAML file holds (a JSON file is one too). Raises UserErrorException."""
    try:
        return parsed(Path(path).read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise UserErrorException(f"{path} cannot be read: {error}") from error


def parsed(text: str, where: str) -> dict[str, Any]:
    """The mapping that YAML text holds; ``where`` is what errors call it. Raises UserErrorException."""
    yaml = _yaml()
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UserErrorException(f"{where} is not YAML: {error}") from error
    if not isinstance(found, dict):
        raise UserErrorException(f"{where} has to hold names with values, and holds {type(found).__name__}.")
    return found


def dump(value: object) -> str:
    """YAML text, in the order of ``value``."""
    return str(_yaml().safe_dump(value, sort_keys=False, allow_unicode=True))


def _yaml() -> Any:
    try:
        import yaml
    except ImportError as error:
        raise UserErrorException("Files in YAML need PyYAML: run 'pip install pyyaml'.") from error
    return yaml
