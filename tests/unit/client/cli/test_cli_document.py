"""docs/cli.md has every command, every option and every exit code."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main
from runspoor.cli.app import app
from runspoor.cli.exit_codes import MEANINGS

DOCUMENT = (Path(__file__).parents[4] / "docs" / "cli.md").read_text(encoding="utf-8")
LEAST_HELP = 15


def commands() -> Iterator[tuple[str, Any]]:
    """By what is typed. What a command is to typer depends on its version."""
    top: Any = typer.main.get_command(app)
    for name, command in top.commands.items():
        inner = getattr(command, "commands", None)
        yield from ((f"{name} {each}", inner[each]) for each in inner) if inner else [(name, command)]


def test_every_command_is_named() -> None:
    named = set(re.findall(r"^\| `([a-z0-9]+(?: [a-z-]+)?)[ `]", DOCUMENT, re.MULTILINE))
    assert named == {name for name, _ in commands()}


def test_every_command_says_what_it_does_and_what_comes_for_programs() -> None:
    for name, command in commands():
        assert len(command.help or "") > LEAST_HELP, name
        options = {option for parameter in command.params for option in parameter.opts}
        assert "--json" in options or name in ("login", "v1"), name


def test_every_argument_and_option_about_data_says_what_it_is() -> None:
    silent = [f"{name} {parameter.name}" for name, command in commands() for parameter in command.params
              if name.split()[0] in ("datastores", "datasets", "models") and not getattr(parameter, "help", None)]
    assert silent == []


def test_options_of_downloads_mean_the_same() -> None:
    downloads = {name: command for name, command in commands() if name.endswith(" download")}
    assert {*downloads} == {"runs download", "models download", "datasets download", "datastores download"}
    for option in ("to", "overwrite", "version"):
        helps = {name: parameter.help for name, command in downloads.items() for parameter in command.params
                 if parameter.name == option}
        assert len({*helps.values()}) == 1, helps
    assert {"to", "overwrite"} <= {each.name for each in downloads["models download"].params}


def test_every_exit_code_is_explained() -> None:
    for code, meaning in MEANINGS.items():
        assert f"| {code} | {meaning} |" in DOCUMENT


def test_modules_with_commands_have_annotations_that_typer_can_read_on_python_3_9() -> None:
    modules = {command.callback.__module__ for _, command in commands()}
    assert len(modules) > 5
    for module in modules:
        assert not hasattr(sys.modules[module], "annotations"), f"{module} imports annotations from __future__"
