"""What an earlier attempt of a run left, offered to the next one as one more input: its checkpoints.

That is what lies in its outputs, and of what the node stored while the script ran what had not been removed since.
"""

import json
from collections.abc import Iterator

from shared.application.backend import Backend
from shared.application.files import below
from shared.application.inputs import LIFETIME, LONGEST_CURSOR, bad_cursor
from shared.application.paths import attempt_prefix, plain
from shared.application.ports import Blob
from shared.contract.datasets import InputFile, InputFiles
from shared.domain.definition import Input, RunDefinition

NAME = "earlier_outputs"
"""Of the input; a run that has data of its own under this name is offered nothing."""
PLACE = "outputs"
"""On one node the files are where the script had them. Of several each would upload them again: they lie apart."""


def offered(backend: Backend, run_id: str, attempt: int, definition: RunDefinition) -> dict[str, Input]:
    """The input, when there is something to offer."""
    taken = NAME in definition.inputs or NAME in definition.outputs
    if taken or _newest(backend, run_id, attempt) is None:
        return {}
    return {NAME: Input(mode="download", path_on_compute=PLACE if definition.nodes == 1 else None)}


def page(backend: Backend, run_id: str, attempt: int, limit: int, cursor: str | None) -> InputFiles:
    """A page of the files, by path. ``cursor``: the attempt whose they are, and the last path of the page before."""
    of, after = _begin(cursor, attempt) if cursor else (_newest(backend, run_id, attempt), "")
    left = _left(backend, run_id, of) if of else {}
    paths, until = sorted(path for path in left if path > after), backend.clock() + LIFETIME
    value = [InputFile(path=path, url=backend.blobs.grant("runs", left[path].name, "read", until),
                       size=left[path].size, sha256=left[path].sha256) for path in paths[:limit]]
    return InputFiles(value=value, next=f"{of}|{value[-1].path}" if len(paths) > limit else None, is_file=False)


def _begin(cursor: str, attempt: int) -> tuple[int, str]:
    of, _, after = cursor.partition("|")
    usable = of.isascii() and of.isdigit() and len(of) < 10 and 0 < int(of) < attempt
    if not usable or not plain(after) or len(after) > LONGEST_CURSOR:
        raise bad_cursor()
    return int(of), after


def _newest(backend: Backend, run_id: str, attempt: int) -> int | None:
    """The newest attempt before this one that has left something: one may be lost before it has written anything."""
    return next((of for of in range(attempt - 1, 0, -1) if _left(backend, run_id, of)), None)


def _left(backend: Backend, run_id: str, attempt: int) -> dict[str, Blob]:
    """Path -> blob; of a path that is an output and a checkpoint, the one that was written later."""
    root = attempt_prefix(run_id, attempt)
    outputs = [(blob.name.removeprefix(f"{root}outputs/"), blob) for blob in below(backend, f"{root}outputs/")]
    stored = list(below(backend, f"{root}checkpoints"))
    lists = [blob for blob in stored if "/" not in blob.name.removeprefix(root)]
    kept = {f"{root}{path}" for blob in lists for path in _listed(backend, blob)}
    checkpoints = [(blob.name.removeprefix(f"{root}checkpoints/"), blob) for blob in stored if blob.name in kept]
    return dict(sorted((*outputs, *checkpoints), key=lambda each: each[1].modified))


def _listed(backend: Backend, blob: Blob) -> Iterator[str]:
    """The paths of a node's list. A script can write there too: what is damaged is left out."""
    for line in (backend.blobs.read("runs", blob.name) or b"").splitlines():
        try:
            yield str(json.loads(line)["path"])
        except (ValueError, TypeError, KeyError):
            continue
