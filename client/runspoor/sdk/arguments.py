"""Arguments of scripts as v1 takes them, made into those of ``POST runs``."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from numbers import Number
from typing import TYPE_CHECKING, Any, Protocol, Union, runtime_checkable

from runspoor.sdk.exceptions import UserErrorException

if TYPE_CHECKING:
    from runspoor.sdk.workspace import Workspace

Argument = Union[str, dict[str, str]]
"""A text, or ``{"input": NAME}`` for the path that the node gives the input."""
InputBody = dict[str, Any]

_REFERENCE = re.compile(r"\$\{?AZUREML_DATAREFERENCE_(\w+)\}?")
_OPERATOR = re.compile(r"[();<>|&]+")


@runtime_checkable
class HasInput(Protocol):
    """What data objects are to a submission."""

    def to_input(self, workspace: Workspace) -> tuple[str, InputBody]:
        """The input's name, and InputRequest; what has no id yet is saved in ``workspace``."""


def arguments(values: object, inputs: dict[str, InputBody], workspace: Workspace) -> list[Argument]:
    """The arguments as texts, and data as what the node puts there.

    None is ``None``, True is ``True``, numbers are as Python prints them, a list is one argument per element. Data
    is added to ``inputs``; of two with the same name the first counts. Raises UserErrorException.
    """
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, (list, tuple)):
        raise UserErrorException(f"arguments has to be a list, as in ['--rate', 0.1], and is {type(values).__name__}.")
    return [_argument(value, inputs, workspace) for value in _flat(values)]


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


def _argument(value: object, inputs: dict[str, InputBody], workspace: Workspace) -> Argument:
    if isinstance(value, HasInput):
        name, body = value.to_input(workspace)
        inputs.setdefault(name, body)
        return {"input": name}
    words = text(value)
    reference = _REFERENCE.fullmatch(words)
    return {"input": reference[1]} if reference and reference[1] in inputs else words


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
