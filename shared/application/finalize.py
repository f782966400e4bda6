"""The end of a run: once everything its attempt left is in place, and only then. May be repeated at any time."""

import json
import logging
from collections.abc import Iterator, Mapping

from shared.application import written
from shared.application.backend import Backend, Cause, transact
from shared.application.files import below
from shared.application.metric_documents import CHUNK, chunk_id
from shared.application.metric_merge import merge
from shared.application.metric_write import add_chunk, parse_chunk
from shared.application.paths import CHUNKS_PER_NODE, attempt_prefix, chunk_blob, manifest_name
from shared.domain.definition import Outputs
from shared.domain.errors import Invalid
from shared.domain.ids import run_stream
from shared.domain.run import RUN
from shared.domain.run_commands import EndRun, TagRun
from shared.domain.run_state import Run
from shared.domain.value import Reason

log = logging.getLogger(__name__)


def finalize(backend: Backend, run: Run, cause: Cause) -> None:
    """Check what the node lists, fetch chunks whose event was lost, merge metrics, make outputs datasets, end the run.
    """
    assert run.report
    prefix = attempt_prefix(run.id, run.attempt)
    stored = {blob.name.removeprefix(prefix): blob.size for blob in below(backend, f"{prefix}outputs/")}
    problem = _check_outputs(backend, run, stored) or written.check(backend, run)
    problem = problem or _collect_chunks(backend, run, cause)
    merge(backend, run.id, run.attempt)
    written.store(backend, run, cause, completes=run.report.outcome == "succeeded" and problem is None)
    kept = Outputs(files=len(stored), bytes=sum(stored.values()))
    transact(backend, RUN, run_stream(run.id), EndRun(kept, problem), cause)


def _check_outputs(backend: Backend, run: Run, stored: Mapping[str, int]) -> Reason | None:
    prefix = attempt_prefix(run.id, run.attempt)
    assert run.report
    wanted: dict[str, int] = {}
    for node, said in ((0, run.report.outputs), *((each.node, each.outputs) for each in run.report.nodes)):
        listed = _manifest(backend, prefix + manifest_name(node))
        if len(listed) < said.files:
            of = f" on node {node}" if node else ""
            return Reason(code="OutputsNotUploaded", message=f"The list of the run's outputs{of} did not arrive in "
                          "storage.")
        wanted |= listed
    missing = [path for path, size in wanted.items() if stored.get(path) != size]
    if missing:
        message = f"{len(missing)} of {len(wanted)} output files did not arrive in storage, {missing[0]!r} first."
        return Reason(code="OutputsNotUploaded", message=message)
    return None


def _manifest(backend: Backend, blob: str) -> dict[str, int]:
    lines = (backend.blobs.read("runs", blob) or b"").splitlines()
    entries = [json.loads(line) for line in lines if line]
    return {entry["path"]: entry["size"] for entry in entries}


def _collect_chunks(backend: Backend, run: Run, cause: Cause) -> Reason | None:
    known = {id for id, _ in backend.metrics.headers(run.id, CHUNK)}
    for seq in _numbers(run):
        if chunk_id(run.attempt, seq) in known:
            continue
        body = backend.blobs.read("metrics", chunk_blob(run.id, run.attempt, seq))
        if body is None:
            return Reason(code="MetricsNotUploaded", message=f"Metric chunk {seq} did not arrive in storage.")
        keep_chunk(backend, run.id, run.attempt, body, cause)
    return None


def _numbers(run: Run) -> Iterator[int]:
    """The numbers of all metric chunks that the nodes say they have written."""
    assert run.report
    yield from range(run.report.metric_chunks)
    for each in run.report.nodes:
        yield from range(each.node * CHUNKS_PER_NODE, each.node * CHUNKS_PER_NODE + each.metric_chunks)


def keep_chunk(backend: Backend, run_id: str, attempt: int, body: bytes, cause: Cause) -> None:
    """Keep a chunk's points, and set its tags on the run. A damaged chunk is left where it is.

    A script may log more than the limits allow. What is refused is left out: refused again, it would never end the run.
    """
    chunk = parse_chunk(body)
    if chunk is None:
        return
    try:
        add_chunk(backend, run_id, attempt, chunk)
        if chunk.tags:
            tags = {tag.name: tag.value for tag in chunk.tags}
            transact(backend, RUN, run_stream(run_id), TagRun(tags, (attempt, chunk.seq)), cause)
    except Invalid as refusal:
        log.warning("chunk %d of %s/%d: %s", chunk.seq, run_id, attempt, refusal)
