"""Finding versions of models."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Union

from runspoor.sdk.exceptions import WebserviceException, translated
from runspoor.sdk.label_filter import fits, text
from runspoor.sdk.model_document import Document, datasets_of, moment
from runspoor.sdk.model_errors import NoSuchModel

if TYPE_CHECKING:
    from runspoor.sdk.workspace import Workspace

Wanted = Union[Iterable[Any], Mapping[str, object], str, None]
PATIENCE_SECONDS = 10.0
PAUSE_SECONDS = 0.1
_made: dict[str, str] = {}
"""Address of a backend -> when this process last registered something there, until it has been seen in a list."""


def pairs(wanted: Wanted) -> dict[str, object]:
    """v1's list of names, and of pairs of name and value, as a dictionary; none asks for the name alone."""
    if isinstance(wanted, Mapping):
        return dict(wanted)
    listed = [wanted] if isinstance(wanted, str) else [*(wanted or ())]
    alone = [each for each in listed if isinstance(each, str)]
    valued = [each for each in listed if not isinstance(each, str)]
    if any(not isinstance(each, (list, tuple)) or len(each) != 2 for each in valued):
        raise WebserviceException("Tags and properties are a list of names and of [name, value], or a dictionary.")
    return {**dict.fromkeys(alone), **dict(valued)}


def versions(workspace: Workspace, name: str | None = None, tags: Wanted = None, properties: Wanted = None,
             run_id: str | None = None, latest: bool = False, dataset_id: str | None = None,
             framework: str | None = None) -> Iterator[Document]:
    """The versions that fit, newest first. The backend filters by the first tag and property, the rest is done here."""
    tagged, set_to = pairs(tags), pairs(properties)
    where = {"name": name, "run_id": run_id, "tag": _first(tagged), "property": _first(set_to),
             "newest": "true" if latest else None}
    with translated():
        _catch_up(workspace)
        for each in workspace.api.pages("models", where):
            of_dataset = dataset_id is None or any(dataset_id in ids for ids in datasets_of(each).values())
            of_framework = framework is None or each["framework"] == framework
            if of_dataset and of_framework and fits(each["tags"], tagged) and fits(each["properties"], set_to):
                yield each


def _first(wanted: Mapping[str, object]) -> str | None:
    for name, value in wanted.items():
        return name if value is None else f"{name}={text(value)}"
    return None


def first(workspace: Workspace, name: str | None, tags: Wanted, properties: Wanted, version: int | None,
          run_id: str | None, framework: str | None) -> Document:
    """The newest version that fits. NoSuchModel when none does."""
    for each in versions(workspace, name, tags, properties, run_id, framework=framework):
        if version is None or each["version"] == version:
            return each
    wanted = {"name": name, "version": version, "tags": tags, "properties": properties, "run_id": run_id,
              "model_framework": framework}
    said = ", ".join(f"{word} {value!r}" for word, value in wanted.items() if value)
    raise NoSuchModel(f"ModelNotFound: no model has {said or 'been registered'}.")


def note(workspace: Workspace, made: Document) -> None:
    """Lists are a moment behind: the next one of this process is to have what it has registered."""
    _made[workspace.api.url] = made["created_at"]


def _catch_up(workspace: Workspace) -> None:
    """Wait until lists have what this process has registered; not for ever."""
    api = workspace.api
    since = _made.pop(api.url, None)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while since and time.monotonic() < deadline:
        as_of = api.get("models", {"limit": 1}).json()["as_of"]
        if as_of and moment(as_of) >= moment(since):
            return
        time.sleep(PAUSE_SECONDS)
