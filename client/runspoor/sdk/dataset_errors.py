"""The errors of ``azureml.data.dataset_error_handling``."""

from __future__ import annotations

from runspoor.sdk.exceptions import UserErrorException


class DatasetValidationError(UserErrorException):
    """A dataset cannot be made of this."""

    def __init__(self, message: str, exception: object = None) -> None:
        super().__init__(message, inner_exception=exception)


class DatasetExecutionError(UserErrorException):
    """The data of a dataset cannot be read."""

    def __init__(self, message: str, exception: object) -> None:
        super().__init__(message, inner_exception=exception)
