"""The base of everything that is stored in events: immutable, and tolerant of fields a newer writer added."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value. Unknown fields are ignored, so that an older instance survives a rolling deployment."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Reason(Value):
    """Why something is as it is: a stable ``code`` for programs and a sentence for people."""

    code: str
    message: str
