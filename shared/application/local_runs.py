"""Runs on the caller's own machine, and interactive ones: begun, fed and ended by their caller."""

from datetime import datetime, timedelta

from shared.application import task
from shared.application.backend import Backend, Cause, transact
from shared.application.paths import ALIVE, UPLOADABLE, attempt_prefix, grantable
from shared.application.runs import find, response
from shared.contract.local_runs import EndRequest, LocalAttempt, UploadsResponse
from shared.contract.responses import RunResponse
from shared.domain.definition import Report
from shared.domain.errors import Rejected
from shared.domain.ids import run_stream
from shared.domain.run import RUN
from shared.domain.run_commands import EndInteractive, OpenAttempt
from shared.domain.run_state import ON_BATCH, Phase, Run
from shared.domain.value import Reason

LIFETIME = timedelta(hours=1)
"""Of the URLs given here."""
FAILED = Reason(code="RunFailed", message="Its caller ended the run as failed.")


def begin(backend: Backend, run_id: str, cause: Cause) -> LocalAttempt:
    """Open the one attempt of a local run. The answer may be asked for again until a runner has taken the attempt."""
    known = find(backend, run_id).definition
    if known is None or not known.is_local or known.is_interactive:
        raise Rejected(f"Run {run_id!r} is not for the caller's machine to run: submit one with the compute target "
                       "'local' and something to run.")
    run, _ = transact(backend, RUN, run_stream(run_id), OpenAttempt(1), cause)
    if run.phase is not Phase.PREPARING or run.cancel:
        where = f" on {run.node}" if run.node and not run.ended else ""
        raise Rejected(f"Run {run_id!r} is {run.status}{where}: it begins once. Submit another run.")
    return LocalAttempt(
        attempt=run.attempt,
        runner=backend.blobs.grant("runner", task.runner_blob(backend), "read", backend.clock() + LIFETIME),
        task=task.document(backend, run, known),
    )


def end(backend: Backend, run_id: str, request: EndRequest, cause: Cause) -> RunResponse:
    """End an interactive run; what it left is put in order by the reaction to that, which takes a moment."""
    run = find(backend, run_id)
    if run.definition and run.definition.sweep:
        raise Rejected(f"Run {run_id!r} ends when its sweep does: cancel it to end it before.")
    report = Report(outcome=request.outcome, started_at=run.started_at, ended_at=backend.clock(),
                    reason=_reason(request))
    return response(transact(backend, RUN, run_stream(run_id), EndInteractive(report), cause)[0])


def _reason(request: EndRequest) -> Reason | None:
    if request.outcome == "succeeded":
        return None
    return Reason(code=request.code or FAILED.code, message=request.message or FAILED.message)


def uploads(backend: Backend, run_id: str, names: list[str]) -> UploadsResponse:
    """URLs to write files of the run's open attempt; ``Rejected`` when none is open: what a run left stays as it is."""
    run = find(backend, run_id)
    if run.phase not in ON_BATCH:
        raise Rejected(f"Run {run_id!r} is {run.status}: files can be added only while an attempt of it is open.")
    places = {name: grantable(name, run_id, run.attempt, UPLOADABLE) for name in names}
    until = backend.clock() + LIFETIME
    return UploadsResponse(urls={name: backend.blobs.grant(*place, "write", until) for name, place in places.items()})


def alive_at(backend: Backend, run: Run) -> datetime | None:
    """When the caller's machine gave its last sign of life, by the clock of Storage."""
    name = attempt_prefix(run.id, run.attempt) + ALIVE
    blobs, _ = backend.blobs.list("runs", name, limit=1)
    return blobs[0].modified if blobs and blobs[0].name == name else None
