"""A small HTTP client for the public surface, and how tests wait."""

import time
from collections.abc import Callable

import httpx

ENDED = ("Completed", "Failed", "Canceled")


class Api:
    """The HTTP API as a caller sees it."""

    def __init__(self, url: str, key: str) -> None:
        self.http = httpx.Client(base_url=f"{url}/", headers={"x-functions-key": key}, timeout=30)

    def snapshot(self, files: dict[str, str]) -> str:
        """Freeze text files; returns the snapshot's id."""
        body = {"files": [{"path": path, "content": content} for path, content in files.items()]}
        answer = self.http.post("snapshots", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["snapshot_id"])

    def submit(self, script: str, *, key: str | None = None, **settings: object) -> str:
        """Submit a run of one script; returns its id."""
        body = {"experiment": "tests", "snapshot_id": self.snapshot({"train.py": script}), "compute_target": "cpu",
                "script": "train.py", **settings}
        answer = self.http.post("runs", json=body, headers={"Idempotency-Key": key} if key else {})
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()["run_id"])

    def run(self, run_id: str) -> dict[str, object]:
        answer = self.http.get(f"runs/{run_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def wait(self, run_id: str, *statuses: str, seconds: float = 40) -> dict[str, object]:
        """The run once it has one of the statuses (none named: once it has ended)."""
        wanted = statuses or ENDED
        until(lambda: self.run(run_id)["status"] in wanted, seconds, lambda: f"{wanted}: {self.run(run_id)}")
        return self.run(run_id)

    def events(self, run_id: str) -> list[dict[str, object]]:
        answer = self.http.get(f"runs/{run_id}/events", params={"limit": 100})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["value"])

    def types(self, run_id: str) -> list[str]:
        return [str(event["type"]) for event in self.events(run_id)]


def until(condition: Callable[[], bool], seconds: float = 20, what: Callable[[], str] = lambda: "a condition") -> None:
    """Wait for a condition, with a deadline. Looks less and less often: looking takes time from what it waits for."""
    deadline = time.monotonic() + seconds
    pause = 0.03
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what()}")
        time.sleep(pause)
        pause = min(pause * 1.3, 0.4)
