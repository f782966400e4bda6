"""URLs for a node: each good for minutes, for one blob of the attempt the node's token names, and for one right."""

from datetime import datetime, timedelta

from shared.application.backend import Backend, load
from shared.application.paths import READABLE, WRITABLE, archive_blob, grantable, manifest_blob, source_blob
from shared.application.ports import Container, Right
from shared.application.snapshots import stock_of
from shared.contract.requests import GrantsRequest
from shared.contract.responses import GrantsResponse
from shared.domain.definition import RunDefinition, Snapshot
from shared.domain.environment import digest
from shared.domain.errors import Fenced
from shared.domain.ids import run_stream
from shared.domain.run import RUN
from shared.domain.run_state import ON_BATCH

LIFETIME = timedelta(minutes=30)


def grant(backend: Backend, run_id: str, attempt: int, request: GrantsRequest) -> GrantsResponse:
    """The URLs asked for; ``Fenced`` when the attempt is not, or no longer, the one that counts."""
    definition = current(backend, run_id, attempt)
    if definition.snapshot is None:
        raise _fenced(run_id, attempt)
    now = backend.clock()
    until = now + LIFETIME

    key = digest(definition.environment)

    def place(name: str, right: Right) -> tuple[Container, str]:
        archive = archive_blob(name, key)
        if archive and right in ("read", "create"):
            return "environments", archive
        return grantable(name, run_id, attempt, READABLE if right == "read" else WRITABLE)

    def signed(names: list[str], right: Right) -> dict[str, str]:
        return {name: backend.blobs.grant(*place(name, right), right, until) for name in names}

    return GrantsResponse(
        expires_at=until,
        token=backend.tokens.issue(run_id, attempt, now),
        snapshot=backend.blobs.grant("snapshots", manifest_blob(definition.snapshot.id), "read", until),
        write=signed(request.write, "write"),
        create=signed(request.create, "create"),
        read=signed(request.read, "read"),
        files=_sources(backend, definition.snapshot, request.files, until),
    )


def _sources(backend: Backend, snapshot: Snapshot, digests: list[str], until: datetime) -> dict[str, str]:
    stock = stock_of(backend, snapshot.datastore) if digests else None
    return {digest: stock.read_url(source_blob(digest), until) for digest in digests} if stock else {}


def current(backend: Backend, run_id: str, attempt: int) -> RunDefinition:
    """What the attempt is to do; ``Fenced`` when it is not, or no longer, the one that counts."""
    run = load(backend, RUN, run_stream(run_id))
    if run.definition is None or run.attempt != attempt or run.phase not in ON_BATCH:
        raise _fenced(run_id, attempt)
    return run.definition


def _fenced(run_id: str, attempt: int) -> Fenced:
    return Fenced(f"Attempt {attempt} of run {run_id!r} does not count any more: it must stop.")
