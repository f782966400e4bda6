"""What is said while a request is tried again."""

import threading

import pytest
from runspoor.errors import Unreachable
from runspoor.transport import retries
from runspoor.transport.retries import Again, repeat


class Flaky:
    def __init__(self, failures: int) -> None:
        self.failures = failures

    def __call__(self) -> str:
        self.failures -= 1
        if self.failures >= 0:
            raise Again(Unreachable("It does not answer."))
        return "done"


def test_a_long_outage_is_said_once_and_a_short_one_never(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(retries, "FIRST_WAIT_SECONDS", 0.0)
    assert repeat(Flaky(5)) == "done"
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(retries, "SILENT_SECONDS", -1.0)
    assert repeat(Flaky(5), 30.0) == "done"
    assert capsys.readouterr() == ("", "runspoor: It does not answer. It is tried again for up to 30 s.\n")


def test_threads_in_the_background_are_silent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(retries, "SILENT_SECONDS", -1.0)
    thread = threading.Thread(target=repeat, args=(Flaky(1),))
    thread.start()
    thread.join()
    assert capsys.readouterr() == ("", "")
