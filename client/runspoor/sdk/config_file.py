"""The file config.json by which scripts find their workspace: where it is searched, read and written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runspoor.sdk.exceptions import UserErrorException

FOLDERS = (".azureml", "aml_config", "")
"""Where a folder may have the file, in the order of v1."""
FILE_NAME = "config.json"
URL = "runspoor_url"
NAMES = ("subscription_id", "resource_group", "workspace_name")
KEYS = ("runspoor_key", "key", "api_key")


@dataclass(frozen=True)
class WorkspaceConfig:
    """What the file says. ``url``: the backend's address with ``/api``, if it is there."""

    subscription_id: str
    resource_group: str
    workspace_name: str
    url: str | None = None


def search(path: str | os.PathLike[str] | None = None, file_name: str | None = None) -> Path | None:
    """The file at ``path``, or the first one in the folder ``path`` (none: the current one) and those above it."""
    start = Path(path or ".").resolve()
    if start.is_file():
        return start
    return next((file for file in _candidates(start, file_name or FILE_NAME) if file.is_file()), None)


def _candidates(start: Path, file_name: str) -> Iterator[Path]:
    for folder in (start, *start.parents):
        yield from (folder / inner / file_name for inner in FOLDERS)


def found(path: str | os.PathLike[str] | None = None, file_name: str | None = None) -> Path:
    """As ``search``; UserErrorException when there is none."""
    file = search(path, file_name)
    if file is None:
        raise UserErrorException(
            f"There is no {file_name or FILE_NAME} in {Path(path or '.').resolve()} or a folder above it: run "
            "'runspoor login URL' there, or pass path= to from_config.")
    return file


def read(file: Path) -> WorkspaceConfig:
    """What the file says; UserErrorException when it is not JSON, lacks a name, or has a key in it."""
    values = _values(file)
    if secret := next((name for name in values if name.lower() in KEYS), None):
        raise UserErrorException(
            f"{file} has a key in it ({secret!r}), and such files are shared: take it out, and give it by 'runspoor "
            "login URL' or in RUNSPOOR_KEY.")
    missing = [name for name in NAMES if not isinstance(values.get(name), str)]
    if missing:
        raise UserErrorException(f"{file} lacks {', '.join(missing)}: add them, each a text.")
    url = values.get(URL)
    subscription, group, workspace = (str(values[name]) for name in NAMES)
    return WorkspaceConfig(subscription, group, workspace, str(url) if url else None)


def write(file: Path, config: WorkspaceConfig) -> None:
    """Write the file; other values that it has are kept."""
    known = _values(file) if file.is_file() else {}
    names = {name: getattr(config, name) for name in NAMES}
    text = json.dumps({**known, **names, **({URL: config.url} if config.url else {})}, indent=4)
    file.parent.mkdir(exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(file)


def _values(file: Path) -> dict[str, object]:
    try:
        values = json.loads(file.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise UserErrorException(f"{file} is not JSON ({error}): mend it, or run 'runspoor login URL'.") from error
    if not isinstance(values, dict):
        raise UserErrorException(f"{file} is not a JSON object: mend it, or run 'runspoor login URL'.")
    return values
