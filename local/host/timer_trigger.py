"""Timer triggers. https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer

One run at a time. When the host was away at a due time, the function runs once as soon as it is back, ``past_due``.
"""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from azure.functions.timer import TimerRequest

from local.host.app import Function
from local.host.invocation import FunctionFailedError, Invoker
from local.host.listening import pause
from local.host.ncrontab import Schedule
from local.host.retrying import run_with_retries

_LONGEST_SLEEP = 60.0  # a clock that is set, or a machine that slept, is noticed after this many seconds


@dataclass(frozen=True)
class ScheduleStatus:
    """When a timer ran last and is due next, kept in a file."""

    file: Path

    def read(self) -> dict[str, str]:
        """``{"Last", "Next", "LastUpdated"}`` in ISO 8601; empty when never written."""
        try:
            return dict(json.loads(self.file.read_text()))
        except (FileNotFoundError, ValueError):
            return {}

    def write(self, last: datetime | None, due: datetime) -> None:
        """Replace the file in one step."""
        status = {"Last": last.isoformat() if last else self.read().get("Last", ""), "Next": due.isoformat(),
                  "LastUpdated": datetime.now(UTC).isoformat()}
        fresh = self.file.with_suffix(".new")
        self.file.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(json.dumps(status))
        fresh.replace(self.file)


class TimerListener:
    """Runs one function on its schedule."""

    def __init__(self, function: Function, schedule: Schedule, status: ScheduleStatus, invoker: Invoker) -> None:
        self.functions = (function,)
        self._function, self._schedule, self._status, self._invoker = function, schedule, status, invoker
        self._alone = asyncio.Lock()
        self._stop = asyncio.Event()

    async def listen(self, stop: asyncio.Event) -> None:
        self._stop = stop
        due = self._status.read().get("Next")
        late = bool(due) and datetime.fromisoformat(str(due)) < datetime.now(UTC)
        if late or self._function.trigger.fields.get("runOnStartup"):
            await self._run_due(late)
        while not stop.is_set():
            following = self._schedule.after(datetime.now(UTC))
            self._status.write(None, following)
            if await self._wait_until(following):
                await self._run_due(False)

    async def start(self, function: Function, given: str) -> None:
        await self._run(False)

    async def _wait_until(self, due: datetime) -> bool:
        """Sleep until ``due``; False when told to stop before."""
        while (left := (due - datetime.now(UTC)).total_seconds()) > 0 and not self._stop.is_set():
            await pause(self._stop, min(left, _LONGEST_SLEEP))
        return not self._stop.is_set()

    async def _run_due(self, past_due: bool) -> None:
        try:
            await self._run(past_due)
        except FunctionFailedError:
            return

    async def _run(self, past_due: bool) -> None:
        async with self._alone:
            started = datetime.now(UTC)
            request = TimerRequest(past_due=past_due, schedule_status=self._status.read())
            try:
                await run_with_retries(self._invoker, self._function, request, self._stop)
            finally:
                self._status.write(started, self._schedule.after(datetime.now(UTC)))
