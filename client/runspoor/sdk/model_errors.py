"""What can go wrong with models, and what a refusal of the backend becomes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Callable

from runspoor import errors
from runspoor.sdk.exceptions import (
    AzureMLException,
    ModelNotFoundException,
    ModelPathNotFoundException,
    WebserviceException,
)


class NoSuchModel(ModelNotFoundException, WebserviceException):
    """There is no such model. v1 scripts catch the one or the other."""


Becomes = Mapping[type[errors.RunspoorError], Callable[[str], AzureMLException]]
REFUSED: Becomes = {errors.NotFound: NoSuchModel, errors.BadRequest: WebserviceException,
                    errors.Conflict: WebserviceException}
NO_SUCH_PATH: Becomes = {**REFUSED, errors.NotFound: ModelPathNotFoundException}
"""When a model is made: what is not found is a file, or the run."""
