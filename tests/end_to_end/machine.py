"""The caller's own machine: it asks for the attempt of a local run and runs the real runner."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import cast

import httpx

from tests.end_to_end.api import Api

Document = dict[str, object]
DEADLINE_SECONDS = 40


class Machine:
    """One folder in which the runner of a local run is started. ``task`` is what the backend handed out."""

    def __init__(self, api: Api, home: Path, run_id: str) -> None:
        self._api, self.home, self.run_id = api, home, run_id
        self.process: subprocess.Popen[bytes] | None = None
        self.task: Document = {}

    def ask(self) -> httpx.Response:
        return self._api.http.post(f"runs/{self.run_id}/local-attempt", json={})

    def fetch(self) -> "Machine":
        """Put runner and task document into the folder."""
        answer = self.ask()
        assert answer.status_code == 200, answer.text
        self.task = cast("Document", answer.json()["task"])
        self.home.mkdir()
        (self.home / "runner.pyz").write_bytes(httpx.get(answer.json()["runner"]).content)
        (self.home / "task.json").write_text(json.dumps(self.task))
        return self

    def start(self, **variables: str) -> "Machine":
        """``variables``: of the machine, besides those of the tests."""
        with (self.home / "stdout.txt").open("ab") as out:
            self.process = subprocess.Popen([sys.executable, "runner.pyz"], cwd=self.home, stdout=out, stderr=out,
                                            env={**without_settings(), **variables}, start_new_session=True)
        return self

    def wait(self) -> int:
        """The runner's exit code."""
        assert self.process
        return self.process.wait(DEADLINE_SECONDS)

    def send(self, number: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(number)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    @property
    def said(self) -> str:
        return (self.home / "stdout.txt").read_text(errors="replace")

    def shown(self) -> dict[str, str]:
        """The header by which the script's node routes are opened."""
        return {"Authorization": f"Bearer {self.task['token']}"}


def without_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("RUNSPOOR")}
