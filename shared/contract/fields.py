"""What requests are made of. Unknown fields are refused, so that a typing error never passes for a setting."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.domain import limits


def without_nul(text: str) -> str:
    """``text``, unless a process could not be given it."""
    if "\0" in text:
        raise ValueError("a NUL character cannot be handed to a process: leave it out")
    return text


def for_a_process(text: str) -> str:
    """``text``, unless a process could not be given it in one piece."""
    if len(text.encode()) > limits.PROCESS_TEXT_BYTES:
        raise ValueError(f"a process takes at most {limits.PROCESS_TEXT_BYTES:,} bytes in one argument, or in one "
                         "variable with its name: put longer texts into a file of the snapshot")
    return without_nul(text)


def _variable_name(name: str) -> str:
    if not name or "=" in name:
        raise ValueError("a variable's name has at least one character and no '='")
    return without_nul(name)


Text = Annotated[str, Field(max_length=limits.DESCRIPTION_CHARACTERS)]
Name = Annotated[str, Field(min_length=1, max_length=limits.NAME_CHARACTERS)]
Path = Annotated[str, Field(min_length=1, max_length=limits.PATH_CHARACTERS)]
Argument = Annotated[str, Field(max_length=limits.ARGUMENT_CHARACTERS), AfterValidator(for_a_process)]
VariableName = Annotated[
    str, Field(max_length=limits.ENVIRONMENT_VARIABLE_NAME_CHARACTERS), AfterValidator(_variable_name)]
VariableValue = Annotated[
    str, Field(max_length=limits.ENVIRONMENT_VARIABLE_CHARACTERS), AfterValidator(without_nul)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Pairs = dict[str, str]
"""Counted and measured by the domain, together with those the run has."""
TagName = Annotated[str, Field(min_length=1, max_length=limits.TAG_NAME_CHARACTERS)]
TagValue = Annotated[str, Field(max_length=limits.TAG_VALUE_CHARACTERS)]
Tags = Annotated[dict[TagName, TagValue], Field(max_length=limits.TAGS)]


class Request(BaseModel):
    """The base of all request bodies. Types are taken as they are: ``"3"`` is not a number."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
