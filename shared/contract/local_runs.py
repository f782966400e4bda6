"""Runs on the caller's machine: what begins, feeds and ends them over the wire."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from shared.contract.fields import Request
from shared.domain import limits


class LocalAttempt(BaseModel):
    """What a machine needs to run the attempt: the runner behind a URL (good for an hour), and its ``task.json``.

    Put both into a new folder and run ``python runner.pyz`` there. ``task`` holds a run token: show it to nobody.
    """

    attempt: int
    runner: str
    task: dict[str, object]


class LocalAttemptRequest(Request):
    """Nothing is asked."""


class EndRequest(Request):
    """How an interactive run ended; ``code`` (a stable word) and ``message`` say why it failed."""

    outcome: Literal["succeeded", "failed"]
    code: Annotated[str, Field(min_length=1, max_length=limits.CODE_CHARACTERS)] | None = None
    message: Annotated[str, Field(max_length=limits.ERROR_CHARACTERS)] | None = None

    @model_validator(mode="after")
    def _of_failures(self) -> Self:
        if self.outcome == "succeeded" and (self.code or self.message):
            raise ValueError("'code' and 'message' say why a run has 'failed': leave them out")
        return self


class UploadsRequest(Request):
    """Names of files below ``outputs/``, ``logs/`` or ``user_logs/`` that are to be uploaded."""

    names: Annotated[list[str], Field(min_length=1, max_length=limits.GRANTS_PER_REQUEST)]


class UploadsResponse(BaseModel):
    """By name where to ``PUT`` each file's bytes within the hour, with the header ``x-ms-blob-type: BlockBlob``."""

    urls: dict[str, str]
