"""How an attempt is said to have ended."""

from pathlib import Path

import pytest

from runner.completion import Ending, ending, last_lines, with_outputs
from runner.outputs import NotUploaded, Outputs
from runner.record import scrub
from runner.stop import Cause, canceled

LIMIT = Cause("time_limit", "TimeLimit", "too long", 1)


@pytest.mark.parametrize(("returncode", "cause", "expected"), [
    (0, None, ("succeeded", 0, None, None)),
    (3, None, ("failed", 3, None, "ScriptFailed")),
    (-9, None, ("failed", None, "SIGKILL", "ScriptKilled")),
    (0, LIMIT, ("time_limit", 0, None, "TimeLimit")),
    (-15, LIMIT, ("time_limit", None, "SIGTERM", "TimeLimit")),
    (None, LIMIT, ("time_limit", None, None, "TimeLimit")),
    (-64, None, ("failed", None, "SIGRTMAX", "ScriptKilled")),
])
def test_endings(returncode: int | None, cause: Cause | None,
                 expected: tuple[str, int | None, str | None, str | None]) -> None:
    end = ending("script train.py", returncode, cause, ["Traceback", "ValueError: no"])

    assert (end.outcome, end.exit_code, end.signal, end.reason and end.reason[0]) == expected


@pytest.mark.parametrize(("returncode", "cause", "expected"), [
    (0, None, ("failed", 0, "BadData")),
    (3, None, ("failed", 3, "BadData")),
    (-9, None, ("failed", None, "ScriptKilled")),
    (0, LIMIT, ("time_limit", 0, "TimeLimit")),
])
def test_what_the_script_itself_said(returncode: int, cause: Cause | None,
                                     expected: tuple[str, int | None, str]) -> None:
    end = ending("script train.py", returncode, cause, [], ("BadData", "No rows."))

    assert (end.outcome, end.exit_code, end.reason and end.reason[0]) == expected


def test_the_last_words_are_in_the_message() -> None:
    end = ending("script train.py", 1, None, ["Traceback", "ValueError: no", "  "])

    assert end.reason == ("ScriptFailed", "The script train.py ended with exit code 1: ValueError: no")


def test_missing_outputs_fail_a_success_only() -> None:
    lost = Outputs(failed=(NotUploaded("outputs/a", "refused"),))

    failed = with_outputs(Ending("succeeded", 0), lost)
    assert failed.outcome == "failed"
    assert failed.reason is not None
    assert failed.reason[0] == "OutputsNotUploaded"
    assert with_outputs(Ending("canceled"), lost) == Ending("canceled")
    assert with_outputs(Ending("succeeded", 0), Outputs()) == Ending("succeeded", 0)


def test_last_lines_are_few_and_short(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"\xff\n" + b"".join(b"%d\n" % number for number in range(100)))
    assert last_lines(log) == [str(number) for number in range(50, 100)]
    log.write_text("ü" * 100_000)
    assert sum(len(line.encode()) for line in last_lines(log)) <= 8192 + 2
    assert last_lines(tmp_path / "none") == []


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"null", b"\xff"])
def test_an_unreadable_wish_to_cancel_is_still_one(content: bytes) -> None:
    assert canceled(content, 20) == Cause("canceled", "Canceled", "Canceled by request.", 20)


def test_signatures_are_scrubbed() -> None:
    text = scrub("GET http://host/a/b.json?sv=2024&sig=abc%3D failed; really? yes")

    assert text == "GET http://host/a/b.json?... failed; really? yes"
