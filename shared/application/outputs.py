"""The outputs of a run in datastores: where its node may write, and what callers see of them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from shared.application import datastores
from shared.application.backend import Backend
from shared.application.grants import current
from shared.application.paths import confined
from shared.application.stored import PARALLEL_LOOKS
from shared.contract.datastores import UploadsResponse
from shared.domain.definition import DatastorePath
from shared.domain.errors import NotFound

LIFETIME = timedelta(minutes=30)
"""Of a URL to write one file; the node asks again."""


def uploads(backend: Backend, run_id: str, attempt: int, name: str, paths: Sequence[str]) -> UploadsResponse:
    """URLs by which the attempt can write files of its output ``name``; ``paths`` are below the output's own folder.

    ``Fenced`` when the attempt does not count any more; ``Invalid`` for a path that would lead out of the folder.
    """
    wanted = current(backend, run_id, attempt).outputs.get(name)
    if wanted is None:
        raise NotFound(f"The run has no output {name[:80]!r}: its definition names those it has.")
    places = [inside(wanted.path, path) for path in paths]
    files, until = datastores.opened(backend, wanted.path.datastore), backend.clock() + LIFETIME
    with ThreadPoolExecutor(PARALLEL_LOOKS) as pool:
        urls = pool.map(lambda place: files.write_url(place, until), places)
        return UploadsResponse(kind=datastores.definition(backend, wanted.path.datastore).kind,
                               urls=dict(zip(paths, urls, strict=True)), expires_at=until)


def inside(folder: DatastorePath, path: str) -> str:
    """The path in the datastore of what is at ``path`` below ``folder``; ``Invalid`` when that leads elsewhere."""
    return confined(f"{folder.path}/{confined(path)}" if folder.path else confined(path))
