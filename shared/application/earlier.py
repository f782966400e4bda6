"""What an earlier attempt of a run left in ``outputs/``, offered to the next one as one more input: its checkpoints."""

from shared.application.backend import Backend
from shared.application.inputs import LIFETIME, LONGEST_CURSOR, bad_cursor
from shared.application.paths import attempt_prefix, plain
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
    """A page of the files. ``cursor``: the attempt whose they are, and Storage's own cursor."""
    of, inner = _begin(cursor, attempt) if cursor else (_newest(backend, run_id, attempt), None)
    if of is None:
        return InputFiles(value=[], is_file=False)
    folder, until = _folder(run_id, of), backend.clock() + LIFETIME
    blobs, following = backend.blobs.list("runs", folder, inner, limit)
    value = [InputFile(path=blob.name.removeprefix(folder), url=backend.blobs.grant("runs", blob.name, "read", until),
                       size=blob.size, sha256=blob.sha256) for blob in blobs]
    return InputFiles(value=value, next=f"{of}|{following}" if following else None, is_file=False)


def _begin(cursor: str, attempt: int) -> tuple[int, str | None]:
    of, _, inner = cursor.partition("|")
    usable = of.isascii() and of.isdigit() and len(of) < 10 and 0 < int(of) < attempt
    if not usable or not plain(inner) or len(inner) > LONGEST_CURSOR:
        raise bad_cursor()
    return int(of), inner or None


def _newest(backend: Backend, run_id: str, attempt: int) -> int | None:
    """The newest attempt before this one that has left something: one may be lost before it has written anything."""
    left = (of for of in range(attempt - 1, 0, -1) if backend.blobs.list("runs", _folder(run_id, of), limit=1)[0])
    return next(left, None)


def _folder(run_id: str, attempt: int) -> str:
    return f"{attempt_prefix(run_id, attempt)}outputs/"
