"""Arguments of scripts as v1 takes them, made into those of ``POST runs``."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from numbers import Number
from typing import TYPE_CHECKING, Any, Protocol, Union, cast, runtime_checkable

from runspoor.sdk.exceptions import UserErrorException

if TYPE_CHECKING:
    from runspoor.sdk.run import Run
    from runspoor.sdk.workspace import Workspace

Argument = Union[str, dict[str, str]]
"""A text, or ``{"input": NAME}`` or ``{"output": NAME}`` for the path that the node gives it."""
InputBody = dict[str, Any]
OutputBody = dict[str, Any]

_REFERENCE = re.compile(r"\$\{?AZUREML_DATAREFERENCE_(\w+)\}?")
_OPERATOR = re.compile(r"[();<>|&]+")


@runtime_checkable
class HasInput(Protocol):
    """What data objects are to a submission."""

    def to_input(self, workspace: Workspace) -> tuple[str, InputBody]:
        """The input's name, and InputRequest; what has no id yet is saved in ``workspace``."""


@runtime_checkable
class HasOutput(Protocol):
    """What is written to a datastore, or (not ``is_output``) read from it after all."""

    @property
    def is_output(self) -> bool: ...

    def to_output(self, workspace: Workspace) -> tuple[str, OutputBody]:
        """The output's name, and OutputRequest."""


@runtime_checkable
class Followed(Protocol):
    """An output that another run may have as input: it has to know who writes it."""

    def _submitted(self, run: Run, name: str) -> None:
        """The run, whose output is called ``name``, has been submitted."""


@dataclass
class Declared:
    """What a run reads and writes, by name; ``followed``: what wants to know that the run has been submitted."""

    inputs: dict[str, InputBody] = field(default_factory=dict)
    outputs: dict[str, OutputBody] = field(default_factory=dict)
    followed: dict[str, Followed] = field(default_factory=dict)

    def add(self, value: HasInput | HasOutput, workspace: Workspace, name: str | None = None) -> dict[str, str]:
        """Add data under its own name, or ``name``; gives the argument that stands for it. The first one counts."""
        if isinstance(value, HasOutput) and value.is_output:
            own, body = value.to_output(workspace)
            self.outputs.setdefault(name or own, body)
            if isinstance(value, Followed):
                self.followed.setdefault(name or own, value)
            return {"output": name or own}
        own, body = cast(HasInput, value).to_input(workspace)
        self.inputs.setdefault(name or own, body)
        return {"input": name or own}


def arguments(values: object, declared: Declared, workspace: Workspace) -> list[Argument]:
    """The arguments as texts, and data as what the node puts there.

    None is ``None``, True is ``True``, numbers are as Python prints them, a list is one argument per element. Data
    is added to ``declared``; of two with the same name the first counts. Raises UserErrorException.
    """
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, (list, tuple)):
        raise UserErrorException(f"arguments has to be a list, as in ['--rate', 0.1], and is {type(values).__name__}.")
    return [_argument(value, declared, workspace) for value in _flat(values)]


def command(value: object) -> list[object]:
    """The argument vector of a command: a list as it is, a text split as a shell would. There is no shell.

    Raises UserErrorException.
    """
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, (list, tuple)) or not values:
        raise UserErrorException("command has to be a list, as in ['python', 'train.py'], or a text.")
    if len(values) == 1 and isinstance(values[0], str):
        values = _words(values[0])
    if operator := next((each for each in values if isinstance(each, str) and _OPERATOR.fullmatch(each)), None):
        raise UserErrorException(f"A command is run without a shell, so {operator!r} has no meaning in it: put the "
                                 "line into a script of the source folder, or give ['bash', '-c', LINE].")
    return list(values)


def _words(line: str) -> list[str]:
    """The words of a shell line, operators apart where no quotes protect them."""
    words = shlex.shlex(line, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    words.commenters = ""
    try:
        return list(words)
    except ValueError as error:
        raise UserErrorException(f"The command {line!r} cannot be split into words: {error}.") from error


def _flat(values: object) -> Iterator[object]:
    for value in values if isinstance(values, (list, tuple)) else [values]:
        yield from _flat(value) if isinstance(value, (list, tuple)) else [value]


def _argument(value: object, declared: Declared, workspace: Workspace) -> Argument:
    if isinstance(value, (HasInput, HasOutput)):
        return declared.add(value, workspace)
    words = text(value)
    found = _REFERENCE.fullmatch(words)
    kinds = {"input": declared.inputs, "output": declared.outputs}
    return next(({kind: found[1]} for kind, known in kinds.items() if found and found[1] in known), words)


def text(value: object) -> str:
    """An argument as the script sees it in ``sys.argv``. Raises UserErrorException."""
    if isinstance(value, str):
        return str.__str__(value)
    if value is None or isinstance(value, (bool, Number)) or getattr(value, "ndim", None) == 0:
        return str(value)
    if isinstance(value, os.PathLike):
        return str(os.fspath(value))
    if hasattr(value, "as_named_input"):
        raise UserErrorException("A dataset cannot be an argument by itself: give dataset.as_named_input(NAME), and "
                                 ".as_mount() or .as_download() behind it for files.")
    raise UserErrorException(f"{type(value).__name__} cannot be an argument: give a text, a number, True, False or "
                             "None, a list of them, or data.")
