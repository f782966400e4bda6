"""What callers do with sweeps: start one, look at it."""

from shared.application.backend import Backend, Cause
from shared.application.ports import TryLater
from shared.contract.responses import RunResponse
from shared.contract.sweeps import SweepModel, SweepRequest


def submit(backend: Backend, request: SweepRequest, cause: Cause, key: str | None) -> tuple[RunResponse, bool]:
    """Start a sweep; the same key or run id makes one sweep. Returns its own run, and whether it is new."""
    raise TryLater


def get(backend: Backend, run_id: str) -> SweepModel:
    """The sweep whose own run this is, with all its trials."""
    raise TryLater
