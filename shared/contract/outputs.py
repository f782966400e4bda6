"""What a run reads and writes in datastores, over the wire."""

from typing import Annotated

from pydantic import BaseModel, Field

from shared.contract.fields import Path, Request
from shared.domain import limits
from shared.domain.definition import InputMode, OutputMode


class OutputUploadsRequest(Request):
    """Paths, below the output's own folder, of files about to be written there."""

    paths: Annotated[list[Path], Field(min_length=1, max_length=limits.GRANTS_PER_REQUEST)]


class PathModel(BaseModel):
    """A folder or file of a datastore; the empty path is all of it."""

    datastore: str
    path: str


class RunInput(BaseModel):
    """What a run reads: a ``dataset`` by its id, or a ``path`` of a datastore."""

    name: str
    dataset: str | None = None
    path: PathModel | None = None
    mode: InputMode


class RunOutput(BaseModel):
    """What a run writes, and below which ``path`` of which ``datastore``.

    ``dataset`` is the id of the dataset of the ``files`` it has written, once they are stored. ``complete``: nothing is
    missing; else the run did not complete, and has what it had written by then. ``others``: files that lie below the
    path and are not of this run: they are no part of the dataset. ``version``: of the name it was registered under.
    """

    name: str
    datastore: str
    path: str
    mode: OutputMode
    dataset: str | None = None
    files: int = 0
    bytes: int = 0
    complete: bool = False
    others: int = 0
    registered_as: str | None = None
    version: int | None = None
