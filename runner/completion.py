"""How an attempt ended: the document ``completed.json``."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from runner.errors import RunFailed
from runner.outputs import Outputs
from runner.stop import Cause
from runner.written import Result

LAST_LINES = 50
LAST_BYTES = 8192
LINE_SHOWN = 300
KILLED_HINT = {"SIGKILL": " Most often the node had no memory left.",
               "SIGSEGV": " Some native code of the script has a fault."}


@dataclass(frozen=True)
class Ending:
    """The part of ``completed.json`` that says how it ended; ``reason`` is (code, message)."""

    outcome: str
    exit_code: int | None = None
    signal: str | None = None
    reason: tuple[str, str] | None = None


@dataclass(frozen=True)
class NodeReport:
    """What a further node of the attempt has left. ``failed``: what could not be uploaded, if something could not."""

    node: int
    name: str
    chunks: int
    outputs: Mapping[str, object]
    written: tuple[Result, ...]
    failed: tuple[str, str] | None

    def document(self) -> dict[str, object]:
        """As in ``completed.json``."""
        return {"node": self.node, "name": self.name, "chunks": self.chunks, "outputs": dict(self.outputs)}


def ending(title: str, returncode: int | None, cause: Cause | None, lines: Sequence[str],
           failure: tuple[str, str] | None = None) -> Ending:
    """From the script's return code (negative: minus a signal; None: never ran) and why it was stopped, if it was.

    ``failure``: code and message by which the script itself said that the run has failed.
    """
    exit_code = returncode if returncode is not None and returncode >= 0 else None
    killed_by = signal_name(-returncode) if returncode is not None and returncode < 0 else None
    if cause:
        return Ending(cause.outcome, exit_code, killed_by, (cause.code, cause.message))
    if failure and not killed_by:
        return Ending("failed", exit_code, None, failure)
    if returncode == 0:
        return Ending("succeeded", 0)
    if killed_by:
        message = f"The {title} was killed by {killed_by}.{KILLED_HINT.get(killed_by, '')}"
        return Ending("failed", None, killed_by, ("ScriptKilled", message))
    said = next((line.strip()[:LINE_SHOWN] for line in reversed(lines) if line.strip()), "")
    message = f"The {title} ended with exit code {exit_code}" + (f": {said}" if said else " and printed nothing.")
    return Ending("failed", exit_code, None, ("ScriptFailed", message))


def never_ran(error: RunFailed) -> Ending:
    return Ending("failed", reason=(error.code, error.message))


def with_outputs(end: Ending, outputs: Outputs) -> Ending:
    """A success whose outputs are not all there is none."""
    if end.outcome != "succeeded" or not outputs.failed:
        return end
    first = outputs.failed[0]
    message = (f"The script succeeded, but {len(outputs.failed)} of its outputs could not be uploaded, first "
               f"{first.path}: {first.message}")
    return Ending("failed", end.exit_code, None, ("OutputsNotUploaded", message))


def with_written(end: Ending, results: Sequence[Result]) -> Ending:
    """A success that could not write all of its outputs is none."""
    result = next((each for each in results if each.failed), None)
    if end.outcome != "succeeded" or result is None:
        return end
    first = result.failed[0]
    message = (f"The script succeeded, but {len(result.failed)} files of output {result.name!r} could not be written, "
               f"first {first.path}: {first.message}")
    advice = ". Allow to overwrite, or write to another path." if result.is_taken else ""
    code = "OutputExists" if result.is_taken else "OutputsNotUploaded"
    return Ending("failed", end.exit_code, None, (code, message + advice))


def with_nodes(end: Ending, reports: Sequence[NodeReport]) -> Ending:
    """A success of which another node could not upload everything is none."""
    failed = next((each for each in reports if each.failed), None)
    if end.outcome != "succeeded" or failed is None or failed.failed is None:
        return end
    code, message = failed.failed
    return Ending("failed", end.exit_code, None, (code, f"On node {failed.node} ({failed.name}): {message}"))


def of_all(written: Sequence[Result], reports: Sequence[NodeReport]) -> list[Result]:
    """Each output with what all nodes wrote to it."""
    found = {each.name: each for each in written}
    for more in (each for report in reports for each in report.written):
        if more.name in found:
            one = found[more.name]
            found[more.name] = Result(one.name, one.files + more.files, one.bytes + more.bytes,
                                      [*one.failed, *more.failed], one.complete and more.complete,
                                      one.is_taken or more.is_taken)
    return list(found.values())


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def last_lines(path: Path) -> list[str]:
    """The last 50 lines of a log, at most its last 8 KB."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - LAST_BYTES))
            tail = file.read(LAST_BYTES)
    except OSError:
        return []
    return tail.decode("utf-8", "replace").splitlines()[-LAST_LINES:]


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def document(attempt: int, started_at: str, end: Ending, lines: Sequence[str], outputs: Outputs,
             written: Sequence[Result], chunks: int, nodes: Sequence[NodeReport] = ()) -> dict[str, object]:
    """As in the contract."""
    reason = {"code": end.reason[0], "message": end.reason[1]} if end.reason else None
    return {"attempt": attempt, "outcome": end.outcome, "exit_code": end.exit_code, "signal": end.signal,
            "started_at": started_at, "ended_at": now(), "reason": reason, "last_lines": list(lines),
            "outputs": outputs.document(), "written": [each.document() for each in written],
            "metrics": {"chunks": chunks}, **({"nodes": [each.document() for each in nodes]} if nodes else {})}
