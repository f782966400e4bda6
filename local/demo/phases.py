"""The phases of a run as they happen: a live display on a terminal, plain lines elsewhere."""

import time
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn
from rich.table import Column
from runspoor.client import Client
from runspoor.shapes import Run

ENDED = ("Completed", "Failed", "Canceled")
POLL_SECONDS = 0.25


class Phases:
    """Shows where a run is, below the lines that are said meanwhile."""

    def __init__(self, console: Console) -> None:
        self._console = console
        # Only the summary gives way on a narrow terminal.
        name, seconds = Column(no_wrap=True, min_width=12), Column(no_wrap=True, min_width=10)
        summary = Column(no_wrap=True, overflow="ellipsis", ratio=1)
        columns = (
            SpinnerColumn(finished_text="[green]✓"), TextColumn("{task.description:<12}", table_column=name),
            TextColumn("{task.fields[seconds]:>6.2f} s", table_column=seconds),
            TextColumn("{task.fields[summary]}", style="dim", table_column=summary),
        )
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._current: TaskID | None = None
        self._summary = ""

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def enter(self, phase: str, at: float, before: float) -> None:
        """The run came to ``phase`` ``at`` seconds after its submission, ``before`` seconds after the last change."""
        self._summary = ""
        if self._progress.disable:
            self._console.print(f"{at:6.2f} s  {phase}", highlight=False)
            return
        if self._current is not None:
            self._progress.update(self._current, completed=1, seconds=before, summary="")
        self._current = self._progress.add_task(phase, total=1, seconds=0.0, summary="")
        if phase in ENDED:
            self._progress.update(self._current, completed=1, seconds=at, summary="in all")

    def wait(self, seconds: float, summary: str) -> None:
        """The run has been in its phase for ``seconds``; ``summary`` says why."""
        if self._current is not None:
            self._progress.update(self._current, seconds=seconds, summary=escape(summary))
        elif summary != self._summary:
            self._console.print(f"{'':10}{summary}", markup=False, highlight=False, style="dim", soft_wrap=True)
        self._summary = summary

    def say(self, line: str) -> None:
        """A line of the script."""
        self._progress.console.print(f"    │ {line}", markup=False, highlight=False, soft_wrap=True)


def follow(client: Client, run_id: str, phases: Phases) -> Run:
    """Show all phases, also those between two looks: a run can be read at each of its versions. Gives the ended run."""
    seen, status, since = 0, "", ""
    while True:
        run = client.run(run_id)
        for version in range(seen + 1, run["version"] + 1):
            past = client.run(run_id, version)
            if past["status"] != status:
                phases.enter(past["status"], _between(run["submitted_at"], past["since"]),
                             _between(since or past["since"], past["since"]))
                status, since = past["status"], past["since"]
        seen = run["version"]
        if run["status"] in ENDED:
            return run
        why = client.why(run_id)
        if why["status"] == status:
            phases.wait(why["seconds"], why["summary"])
        time.sleep(POLL_SECONDS)


def _between(start: str, end: str) -> float:
    """Seconds."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
