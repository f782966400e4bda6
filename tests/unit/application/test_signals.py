"""Signals a script has written itself, with its own run's token."""

import json

from shared.application import signals
from shared.domain import limits
from tests.unit.application.deployment import CAUSE, RUN, Deployment

HUGE = "x" * 3_000_000


def test_no_report_is_too_large_to_be_kept() -> None:
    """A commit that Cosmos does not take would leave the run without an end."""
    world = Deployment().queued()
    reason = {"code": HUGE, "message": HUGE}
    completed = {"outcome": "failed", "signal": HUGE, "reason": reason, "last_lines": [HUGE] * 60}
    for signal, said in (("started", {"node": HUGE}), ("completed", completed)):
        signals.record(world.backend, RUN, 1, signal, json.dumps(said).encode(), CAUSE)
    assert world.run.report
    assert world.run.report.reason
    assert len(world.run.report.reason.code) == limits.CODE_CHARACTERS
    assert world.run.node == "x" * limits.NAME_CHARACTERS
    assert len(world.run.report.model_dump_json()) < limits.EVENT_BYTES


def test_no_loss_is_too_large_to_be_kept() -> None:
    world = Deployment().queued()
    lost = {"reason": {"code": HUGE, "message": HUGE}}
    signals.record(world.backend, RUN, 1, "lost", json.dumps(lost).encode(), CAUSE)
    assert len(world.run.lost[1].message) == limits.ERROR_CHARACTERS
