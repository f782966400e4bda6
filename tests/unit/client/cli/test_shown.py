"""What people see: values, tables, plots, arguments side by side."""

import math

import pytest
from runspoor import errors
from runspoor.cli import show
from runspoor.cli.compare import _parameters
from runspoor.cli.exit_codes import MEANINGS, code_for
from runspoor.cli.options import pairs
from runspoor.cli.plot import drawn
from runspoor.sdk.exceptions import from_error


@pytest.mark.parametrize(("value", "said"), [
    (None, ""), ({}, ""), ([], ""), (0, "0"), (True, "yes"), (0.1 + 0.2, "0.3"), (math.nan, "nan"), ("a", "a"),
    ({"a": 1, "b": {"c": [1, 2]}}, "a=1, b=c=1 2"),
])
def test_values_as_people_read_them(value: object, said: str) -> None:
    assert show.text(value) == said


def test_a_table_is_lines_for_grep(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"name": "a[red]b", "long": "x" * 500}, {"name": "[link=http://x]y[/link]", "long": None}]
    show.table(rows, (("NAME", "name"), ("LONG", "long")))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines] == [["NAME", "LONG"], ["a[red]b", "x" * 500], ["[link=http://x]y[/link]"]]
    assert all(line == line.rstrip() for line in lines)


def test_only_known_values_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    show.fields({"a": 1, "b": None, "c": "x [bold]y\nz"}, (("A", "a"), ("B", "b"), ("LONGER", "c")))
    assert capsys.readouterr().out == "A       1\nLONGER  x [bold]y\n        z\n"


def test_numbers_are_drawn_and_nothing_else_is() -> None:
    plot = drawn("loss", [1, math.nan, 0.5, "x", math.inf, None, 0.25])
    assert plot
    assert "loss" in plot
    assert "\x1b" not in plot
    assert drawn("loss", [1.0]) is None
    assert drawn("loss", ["a", {}, math.nan]) is None
    assert drawn("many", list(range(100_000)))


@pytest.mark.parametrize(("arguments", "told"), [
    (["--lr", "0.1", "--fast", "--n=3", "file"], {"--lr": "0.1", "--fast": "yes", "--n": "3", "1": "file"}),
    (["a", "--x", "-1", "b"], {"1": "a", "--x": "-1", "2": "b"}),
    ([{"input": "data"}, "--last"], {"1": "input=data", "--last": "yes"}),
    ([], {}),
])
def test_arguments_by_name(arguments: list[object], told: dict[str, str]) -> None:
    expected = {f"argument {name}": value for name, value in told.items()}
    assert dict(_parameters({"launch": {"script": "x.py", "arguments": arguments}})) == expected
    assert dict(_parameters({"launch": {"command": arguments}})) == expected
    assert dict(_parameters({})) == {}


def test_tags_of_the_command_line() -> None:
    assert pairs(["a=b", "c=d=e", "f="]) == {"a": "b", "c": "d=e", "f": ""}
    assert pairs(None) == {}


@pytest.mark.parametrize(("error", "code"), [
    (errors.NotAuthenticated(401, ""), 3), (errors.Forbidden(403, ""), 3), (errors.NotConfigured(""), 3),
    (errors.NotFound(404, ""), 4), (errors.BadRequest(400, ""), 5), (errors.Conflict(409, ""), 5),
    (errors.SnapshotError(""), 5), (errors.Unreachable(""), 6), (errors.Unavailable(503, ""), 6),
    (FileNotFoundError(""), 5), (ValueError(""), None), (KeyError(""), None),
])
def test_every_error_has_a_code_and_faults_have_none(error: Exception, code: int | None) -> None:
    assert code_for(error) == code
    assert code is None or code in MEANINGS
    if isinstance(error, errors.RunspoorError):
        assert code_for(from_error(error)) == code, "also when the SDK has translated it"


RUNS = (("RUN", "run"), ("EXPERIMENT", "experiment"), ("STATUS", "status"), ("AT", "at"), ("TAGS", "tags"))


@pytest.mark.parametrize("terminal", ["xterm-256color", "dumb"])
@pytest.mark.parametrize("columns", [20, 80, 120])
def test_long_names_take_no_room_from_others_on_a_terminal(
    columns: int, terminal: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(show, "is_watched", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", terminal)
    run, experiment, at = "night-run_1766000000_0123abcd", "night-" + "x" * 250, "2026-11-21 18:40:00"
    shown = {"run": run, "experiment": experiment, "status": "CancelRequested", "at": at, "tags": {"a": "b"}}
    show.table([shown], RUNS)
    lines = capsys.readouterr().out.splitlines()
    head, first = lines[0].split(), lines[1]
    assert head == ["RUN", "EXPERIMENT", "STATUS", "AT", "TAGS"]
    assert first.startswith(f"{run}  night-x")
    assert first.endswith(f"  CancelRequested  {at}  a=b")
    assert "".join(line.split(run)[-1].split("Cancel")[0].strip() for line in lines[1:]) == experiment
    assert max(map(len, lines)) <= max(columns, len(run) + 3 * 19 + 3 + 8)
