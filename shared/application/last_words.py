"""What an attempt printed last, when its node could not say how it ended."""

from shared.application.backend import Backend
from shared.application.paths import STD_LOG, attempt_prefix
from shared.domain import limits
from shared.domain.run_state import Run

SOURCES = (STD_LOG, "batch/stderr.txt")
"""The script's output as far as it was shipped; else what Batch itself kept of the task."""


def last_lines(backend: Backend, run: Run) -> list[str]:
    """The last lines of a run that has ended: those of its report, or the last that arrived in storage."""
    if run.report or not run.ended or run.attempt == 0:
        return list(run.report.last_lines) if run.report else []
    for source in SOURCES:
        name = attempt_prefix(run.id, run.attempt) + source
        if size := backend.blobs.size("runs", name):
            tail = backend.blobs.read("runs", name, max(0, size - limits.LAST_LINES_BYTES)) or b""
            return tail.decode("utf-8", "replace").splitlines()[-limits.LAST_LINES:]
    return []
