"""The log of how an environment is made: bounded in memory, and without anybody's secrets."""

from pathlib import Path
from typing import cast

import pytest

from runner.blobs import Blobs
from runner.environment import build_log
from runner.environment.build_log import BuildLog


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BuildLog:
    """Nothing is shipped here."""
    made = BuildLog(cast("Blobs", None), tmp_path, {"MY_TOKEN": "s3cr3t-9", "KEY": "short", "COLOR": "blue-green"})
    monkeypatch.setattr(made, "_shipping", type("Nothing", (), {"step": lambda _: None, "finish": lambda _: None})())
    return made


def clean(log: BuildLog) -> str:
    return (log.raw.parent / "environment.txt").read_text()


def test_a_secret_is_never_cut_in_two(log: BuildLog) -> None:
    for piece in ("a s3cr", "3t-9\nhttps://ada:p", "w@x.example/t?sig=a", "b\nblue-green short"):
        with log.raw.open("a") as file:
            file.write(piece)
        log.step()
    log.finish()
    assert clean(log) == "a ***\nhttps://***@x.example/t?...\nblue-green short"


@pytest.mark.parametrize("text", ["x" * 5000, "y\n" * 2500, "z" * 999 + "\n" + "x" * 4000, ""])
def test_any_amount_is_copied_in_parts(log: BuildLog, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_log, "COPY_BYTES", 1000)
    log.raw.write_text(text)
    log.step()
    assert len(clean(log)) <= 1000
    log.finish()
    assert clean(log) == text


def test_only_the_end_is_quoted(log: BuildLog) -> None:
    log.raw.write_text("x" * 200_000)
    began = log.position()
    log.say("last")
    assert log.since(began) == "runspoor: last\n"
    assert len(log.since(0)) == build_log.TAIL_BYTES
