"""The errors of ``azureml.exceptions``, and which of them an error of ``runspoor.errors`` becomes.

Names, bases and parameters are those of azureml-core 1.61; ``str()`` shows the same three blocks: Message,
InnerException and ErrorResponse.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Callable, ClassVar

from runspoor import errors

__all__ = [
    "ActivityCanceledException", "ActivityFailedException", "AuthenticationException", "AzureMLAggregatedException",
    "AzureMLException", "ComputeTargetException", "DatasetTimestampMissingError", "DiscoveryUrlNotFoundException",
    "ExperimentExecutionException", "ModelNotFoundException", "ModelPathNotFoundException", "NotOffered",
    "ParallelRunException", "ProjectSystemException", "RunConfigurationException", "RunEnvironmentException",
    "ServiceException", "SnapshotException", "TrainingException", "UserErrorException", "WebserviceException",
    "WorkspaceException", "WorkspacePrivateEndpointException", "from_error", "translated",
]


class AzureMLException(Exception):
    """The root. ``str()`` is a text of several lines; ``message`` is the sentence alone."""

    # Outermost first, as the ErrorResponse block nests them.
    _codes: ClassVar[Sequence[str]] = ()

    def __init__(self, exception_message: str, inner_exception: object = None, target: object = None,
                 details: object = None, message_format: object = None, message_parameters: object = None,
                 reference_code: object = None, **kwargs: object) -> None:
        super().__init__(exception_message)
        self._message = exception_message
        self._inner_exception = inner_exception if isinstance(inner_exception, BaseException) else None
        self._more = {"target": target, "details": details, "message_format": message_format,
                      "message_parameters": message_parameters, "reference_code": reference_code}

    @property
    def message(self) -> str:
        """What happened, in a sentence."""
        return self._message

    @message.setter
    def message(self, value: str) -> None:
        self._message = value

    @property
    def inner_exception(self) -> BaseException | None:
        """The error below this one, if there is one."""
        return self._inner_exception

    @inner_exception.setter
    def inner_exception(self, value: BaseException | None) -> None:
        self._inner_exception = value

    def print_stacktrace(self) -> None:
        """Print where this error, or the one below it, was raised."""
        cause = self._inner_exception or self
        traceback.print_exception(type(cause), cause, cause.__traceback__)

    def __repr__(self) -> str:
        response = json.dumps(self._response(), indent=4, default=str)
        return (f"{type(self).__name__}:\n\tMessage: {self._message}\n\tInnerException {self._inner_exception}\n"
                f"\tErrorResponse \n{response}")

    __str__ = __repr__

    def _response(self) -> dict[str, object]:
        """``{"error": {"code", "inner_error": {"code", ...}, "message", ...}}``; what is not known is left out."""
        inner: dict[str, object] = {}
        for code in reversed(self._codes):
            inner = {"code": code, **({"inner_error": inner} if inner else {})}
        known = {name: value for name, value in self._more.items() if value is not None}
        return {"error": {**inner, "message": self._message, **known}}


class _Sentence(AzureMLException):
    """An error that is its message; what else may be said is said by name."""

    def __init__(self, exception_message: str, **kwargs: object) -> None:
        super().__init__(exception_message, **kwargs)


class UserErrorException(_Sentence):
    """The caller asked for something that cannot be done; the message says how to mend it."""

    _codes: ClassVar[Sequence[str]] = ("UserError",)


class AuthenticationException(UserErrorException):
    """The key is missing, wrong, or not for this."""

    _codes: ClassVar[Sequence[str]] = ("UserError", "Authentication")


class TrainingException(_Sentence):
    """An estimator cannot be submitted as it is."""

    _codes: ClassVar[Sequence[str]] = ("UserError",)


class ExperimentExecutionException(_Sentence):
    """A run could not be submitted."""


class ProjectSystemException(_Sentence):
    """A project folder cannot be used."""


class SnapshotException(_Sentence):
    """A source folder cannot be frozen: too large, or too many files."""

    _codes: ClassVar[Sequence[str]] = ("UserError",)


class RunEnvironmentException(AzureMLException):
    """There is no run around this process."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__("Could not load a submitted run: this process is not a part of one. To use "
                         "Run.get_context() outside a run, leave allow_offline at True.", **kwargs)
        self.args = ()


class WorkspaceException(_Sentence):
    """A workspace cannot be found. ``found_multiple``: more than one could be meant."""

    def __init__(self, exception_message: str, found_multiple: bool = False, **kwargs: object) -> None:
        super().__init__(exception_message, **kwargs)
        self.found_multiple = found_multiple


class WorkspacePrivateEndpointException(_Sentence):
    """Something about a private endpoint of a workspace."""

    def __init__(self, exception_message: str, found_multiple: bool = False, **kwargs: object) -> None:
        super().__init__(exception_message, **kwargs)
        self.found_multiple = found_multiple


class ComputeTargetException(_Sentence):
    """A compute target cannot be made, found or changed."""


class RunConfigurationException(_Sentence):
    """A run configuration says what cannot be."""

    _codes: ClassVar[Sequence[str]] = ("UserError",)


class WebserviceException(_Sentence):
    """A name or version of a model is not acceptable; in v1 also everything about web services."""

    def __init__(self, exception_message: str, status_code: int | None = None, logger: object = None,
                 **kwargs: object) -> None:
        super().__init__(exception_message, **kwargs)
        self.status_code = status_code


class ModelNotFoundException(_Sentence):
    """There is no such model."""

    _codes: ClassVar[Sequence[str]] = ("UserError", "NotFound")

    def __init__(self, exception_message: str, logger: object = None, **kwargs: object) -> None:
        super().__init__(exception_message, **kwargs)


class ModelPathNotFoundException(_Sentence):
    """There is no such file or folder to make a model of."""

    _codes: ClassVar[Sequence[str]] = ("UserError", "NotFound")

    def __init__(self, exception_message: str, logger: object = None, **kwargs: object) -> None:
        super().__init__(exception_message, **kwargs)


class DiscoveryUrlNotFoundException(AzureMLException):
    """Nothing says where the backend is."""

    def __init__(self, discovery_key: str, **kwargs: object) -> None:
        super().__init__(f"The environment does not say where the backend is: {discovery_key} is not set.", **kwargs)
        self.args = (discovery_key,)


class ActivityFailedException(AzureMLException):
    """A run failed. ``error_details``: its error as text, normally JSON."""

    _codes: ClassVar[Sequence[str]] = ("UserError",)

    def __init__(self, error_details: str, **kwargs: object) -> None:
        super().__init__(f"Activity Failed:\n{error_details}", **kwargs)
        self.args = (error_details,)


class ActivityCanceledException(AzureMLException):
    """A run was cancelled while it was waited for."""

    def __init__(self, cancellation_source: str | None = None, **kwargs: object) -> None:
        super().__init__("Activity Canceled" + (f" by {cancellation_source}" if cancellation_source else ""), **kwargs)
        self.args = (cancellation_source,)


class DatasetTimestampMissingError(AzureMLException):
    """A dataset has no timestamp column to filter by."""

    _codes: ClassVar[Sequence[str]] = ("UserError",)

    def __init__(self, error_details: str, **kwargs: object) -> None:
        super().__init__(error_details, **kwargs)


class ParallelRunException(_Sentence):
    """A parallel run step failed. ``delay_seconds``: how long to wait before the next try."""

    def __init__(self, exception_message: str, code: str | None = None, delay_seconds: float = 0,
                 **kwargs: object) -> None:
        super().__init__(exception_message, **kwargs)
        self.code = code
        self.delay_seconds = delay_seconds


class AzureMLAggregatedException(AzureMLException):
    """Several errors at once: ``exceptions_list``."""

    def __init__(self, exceptions_list: Sequence[BaseException], **kwargs: object) -> None:
        super().__init__("\n".join(str(each) for each in exceptions_list), **kwargs)
        self.args = (exceptions_list,)
        self.exceptions_list = list(exceptions_list)


class ServiceException(AzureMLException):
    """The backend refused, or could not answer. ``status_code``: that of HTTP; None without an answer."""

    _codes: ClassVar[Sequence[str]] = ("ServiceError",)

    def __init__(self, error_response_exception: BaseException, **kwargs: object) -> None:
        super().__init__(str(error_response_exception), error_response_exception, **kwargs)
        self.args = (error_response_exception,)
        status = getattr(error_response_exception, "status", None)
        self.status_code: int | None = status if isinstance(status, int) else None


class NotOffered(UserErrorException, NotImplementedError):
    """v1 has this feature and Runspoor has not. ``way``: what to do instead, a clause without a full stop."""

    _codes: ClassVar[Sequence[str]] = ("UserError", "NotSupported")

    def __init__(self, feature: str, way: str, **kwargs: object) -> None:
        super().__init__(f"{feature} is not offered by Runspoor: {way}.", **kwargs)
        self.args = (feature, way)
        self.feature, self.way = feature, way


_Make = Callable[[str], AzureMLException]
# The first that fits decides.
_BECOMES: Mapping[type[errors.RunspoorError], _Make] = {
    errors.NotConfigured: UserErrorException,
    errors.SnapshotError: SnapshotException,
    errors.NotAuthenticated: AuthenticationException,
    errors.Forbidden: AuthenticationException,
    errors.BadRequest: UserErrorException,
    errors.NotFound: UserErrorException,
    errors.Conflict: UserErrorException,
}


def from_error(error: errors.RunspoorError,
               becomes: Mapping[type[errors.RunspoorError], _Make] | None = None) -> AzureMLException:
    """The v1 error for one of ours; ``becomes`` overrides the usual kinds, for example ``{NotFound: ...}``."""
    for kind, make in (*(becomes or {}).items(), *_BECOMES.items()):
        if isinstance(error, kind):
            result = make(_sentence(error))
            result.inner_exception = error
            return result
    return ServiceException(error)


def _sentence(error: errors.RunspoorError) -> str:
    said = str(error)
    return "; ".join([said, *(each for each in getattr(error, "errors", ()) if each not in said)])


@contextmanager
def translated(becomes: Mapping[type[errors.RunspoorError], _Make] | None = None) -> Iterator[None]:
    """Turn the errors of ``runspoor.errors`` into those of v1; also a decorator: ``@translated()``."""
    try:
        yield
    except errors.RunspoorError as error:
        raise from_error(error, becomes) from error
