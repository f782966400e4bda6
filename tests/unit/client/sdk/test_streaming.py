"""Waiting for a run, and what is printed meanwhile, against a backend that does what the test says."""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from runspoor.sdk import streaming
from runspoor.sdk.exceptions import ActivityFailedException
from runspoor.sdk.experiment import Experiment
from runspoor.sdk.run_status import ENDED
from runspoor.sdk.script_run import ScriptRun
from runspoor.sdk.workspace import Workspace
from runspoor.transport import connect

from tests.scripted_server import Answer, Asked, ScriptedServer

BASE = {"run_id": "r", "experiment": "e", "compute_target": "cpu", "attempt": 1, "reason": None, "started_at": None,
        "ended_at": None, "tags": {}, "properties": {}, "last_lines": ["the last line"], "definition": {
            "launch": {"script": "t.py"}, "environment": {}, "inputs": {}}}
MOST_REQUESTS = 200


class Story:
    """A backend by chapters: each look at the log, or at the run when there is none, turns to the next."""

    def __init__(self, *chapters: dict[str, Any]) -> None:
        self.chapters, self.asked = list(chapters), 0

    @property
    def now(self) -> dict[str, Any]:
        return self.chapters[0]

    def answer(self, asked: Asked) -> Answer:
        self.asked += 1
        if self.asked > MOST_REQUESTS:
            return Answer(400, b'{"detail": "The story has no end."}')
        url = urlsplit(asked.path)
        if any(url.path.endswith(deaf) for deaf in self.now.get("deaf", ())[:1]):
            self.now["deaf"].pop(0)
            return Answer(503)
        if url.path.endswith("/why"):
            status = self.now["status"]
            return self._json({"status": status, "summary": f"why {status}", "next": "", "waiting_for": status})
        if url.path.endswith("environment.txt"):
            return self._text("build", url.query)
        if "/logs/" in url.path:
            return self._log(url.query)
        if url.path.endswith("/logs"):
            return self._json({"value": [], "next": None})
        return self._json({**BASE, **self.now, "log": None, "build": None})

    def _log(self, query: str) -> Answer:
        if len(self.chapters) > 1:
            self.chapters.pop(0)
        if self.now.get("down"):
            return Answer(self.now["down"])
        if self.now.get("no_log"):
            return Answer(404)
        return self._text("log", query)

    def _text(self, log: str, query: str) -> Answer:
        offset = int(parse_qs(query)["offset"][0])
        data = self.now.get(log, b"")[offset:]
        return Answer(200, data, {
            "x-runspoor-attempt": str(self.now.get("attempt", 1)), "x-runspoor-next-offset": str(offset + len(data)),
            "x-runspoor-complete": "true" if self.now["status"] in ENDED else "false"})

    @staticmethod
    def _json(body: object) -> Answer:
        return Answer(200, json.dumps(body).encode())


Tell = Callable[..., ScriptRun]


@pytest.fixture
def tell(backend: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> Tell:
    monkeypatch.setattr(streaming, "LOG_PAUSE", 0.0)
    monkeypatch.setattr(streaming, "LONGEST_PAUSE", 0.01)
    workspace = Workspace("s", "g", "w")
    workspace._api = connect(f"{backend.url}/api", "k", patience=0.05)

    def begin(*chapters: dict[str, Any]) -> ScriptRun:
        backend.answers = [Story({"status": "NotStarted"}, *chapters).answer]
        return ScriptRun(Experiment(workspace, "e", _create_in_cloud=False), "r")

    return begin


def test_output_is_printed_as_it_grows_and_the_summary_comes_last(
    tell: Tell, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tell({"status": "Preparing"}, {"status": "Queued"}, {"status": "Queued"},
               {"status": "Running", "log": "grü".encode()[:-1]}, {"status": "Running", "log": "grün\n".encode()},
               {"status": "Finalizing", "log": "grün\n".encode()},
               {"status": "Completed", "log": "grün\nend\n".encode()})
    assert run.wait_for_completion(show_output=True).status == "Completed"
    out = capsys.readouterr().out
    assert out.startswith(f"RunId: r\nWeb View: {run.get_portal_url()}\n\n"
                          "Preparing: why Preparing\nQueued: why Queued\n")
    assert "Streaming user_logs/std_log.txt\n===============================\n\ngrün\n" in out
    assert out.count("why Queued") == 1
    assert out.endswith(f"Execution Summary\n=================\nRunId: r\nWeb View: {run.get_portal_url()}\n\n")
    assert out.index("grün") < out.index("Finalizing: why") < out.index("end\n") < out.index("Execution Summary")


def test_a_new_attempt_is_announced_and_its_output_begins_anew(tell: Tell, capsys: pytest.CaptureFixture[str]) -> None:
    run = tell({"status": "Running", "log": b"one two three\n"}, {"status": "NotStarted", "attempt": 2},
               {"status": "Running", "log": b"", "attempt": 2}, {"status": "Running", "log": b"one\n", "attempt": 2},
               {"status": "Completed", "log": b"one\nlast\n", "attempt": 2})
    run.wait_for_completion(show_output=True)
    first, second = capsys.readouterr().out.split("Streaming user_logs/std_log.txt of attempt 2\n")
    assert "one two three\n" in first
    assert "NotStarted: why NotStarted" in first
    assert "\none\nlast\n" in second


def test_the_build_of_its_environment_is_shown_as_it_grows(tell: Tell, capsys: pytest.CaptureFixture[str]) -> None:
    run = tell({"status": "Starting", "build": b"one\n"}, {"status": "Starting", "build": b"one\ntwo\n"},
               {"status": "Running", "build": b"one\ntwo\nthree\n"},
               {"status": "Running", "build": b"one\ntwo\nthree\n", "log": b"step\n"},
               {"status": "Completed", "build": b"one\ntwo\nthree\n", "log": b"step\n"})
    run.wait_for_completion(show_output=True)
    out = capsys.readouterr().out
    assert "Streaming system_logs/environment.txt\n=====================================\n\none\ntwo\nthree\n" in out
    assert out.index("three\n") < out.index("Streaming user_logs/std_log.txt") < out.index("step\n")


def test_a_build_that_fails_is_shown_to_its_end(tell: Tell, capsys: pytest.CaptureFixture[str]) -> None:
    run = tell({"status": "Starting", "no_log": False}, {"status": "Failed", "build": b"no such thing\n",
               "reason": {"code": "EnvironmentFailed", "message": "It said so."}})
    run.wait_for_completion(show_output=True, raise_on_error=False)
    out = capsys.readouterr().out
    assert out.index("no such thing\n") < out.index("Execution Summary")


def test_an_outage_is_said_once_and_survived(tell: Tell, capsys: pytest.CaptureFixture[str]) -> None:
    run = tell({"status": "Running", "log": b"before\n"}, *[{"status": "Running", "down": 503}] * 6,
               {"status": "Completed", "log": b"before\nafter\n"})
    run.wait_for_completion(show_output=True)
    captured = capsys.readouterr()
    assert "before\nafter\n" in captured.out
    assert captured.err.count("does not answer, the run goes on") == 1
    assert captured.err.count("answers again") == 1


@pytest.mark.parametrize("status", ["Completed", "Failed"])
def test_an_outage_just_when_it_has_ended(tell: Tell, status: str) -> None:
    """It lasts longer than a request is repeated for."""
    deaf = [*["/why"] * 5 * (status == "Failed"), *["/logs"] * 5 * (status == "Completed")]
    run = tell({"status": status, "log": b"x\n", "deaf": deaf, "reason": {"code": "c", "message": "m"}})
    if status == "Completed":
        assert run.wait_for_completion(show_output=True).status == "Completed"
    else:
        with pytest.raises(ActivityFailedException):
            run.wait_for_completion(show_output=True)
    assert deaf == []


@pytest.mark.parametrize("show_output", [True, False])
def test_failure_raises_with_the_reason_the_last_lines_and_why(
    tell: Tell, capsys: pytest.CaptureFixture[str], show_output: bool
) -> None:
    failed = {"status": "Failed", "log": b"x\n", "reason": {"code": "ScriptFailed", "message": "It ended with 3."}}
    with pytest.raises(ActivityFailedException) as raised:
        tell(failed, failed).wait_for_completion(show_output=show_output) if show_output else _ended(tell, failed)
    error = json.loads(raised.value.args[0])["error"]
    assert error == {"code": "ScriptFailed", "message": "It ended with 3.", "details": [], "why": "why Failed",
                     "last_lines": ["the last line"]}
    assert ("Error: ScriptFailed: It ended with 3." in capsys.readouterr().out) is show_output


def _ended(tell: Tell, chapter: dict[str, Any]) -> None:
    run = tell(chapter)
    run._record.found("/logs/user_logs/std_log.txt", {"offset": 0})  # Turns to the chapter.
    run.wait_for_completion()


def test_failure_can_be_taken_without_an_error(tell: Tell) -> None:
    run = tell({"status": "Failed", "reason": {"code": "c", "message": "m"}})
    details = run.wait_for_completion(show_output=True, raise_on_error=False)
    assert details.error["error"]["message"] == "m"


def test_a_run_that_ended_without_output(tell: Tell, capsys: pytest.CaptureFixture[str]) -> None:
    run = tell({"status": "Canceled", "no_log": True, "reason": {"code": "Canceled", "message": "By me."}})
    assert run.wait_for_completion(show_output=True)["status"] == "Canceled"
    out = capsys.readouterr().out
    assert "Canceled: By me." in out
    assert "Streaming" not in out


@pytest.mark.parametrize("show_output", [True, False])
def test_an_interrupt_leaves_the_run_and_says_how_to_end_it(
    tell: Tell, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, show_output: bool
) -> None:
    class Clock:
        monotonic = staticmethod(time.monotonic)

        @staticmethod
        def sleep(seconds: float) -> None:
            raise KeyboardInterrupt

    run = tell({"status": "Running"})
    monkeypatch.setattr(streaming, "time", Clock)
    with pytest.raises(KeyboardInterrupt):
        run.wait_for_completion(show_output=show_output)
    assert "The run goes on; it is only not waited for any more. To end it: run.cancel()" in capsys.readouterr().out
