"""Every refusal the emulator gives, said once: Batch's error code, its HTTP status and its sentence.

Codes are those of the service's own ``BatchErrorCodeStrings``; messages follow the service's wording.
"""

from collections.abc import Mapping
from http import HTTPStatus

ERRORS: dict[str, tuple[HTTPStatus, str]] = {
    "AccountCoreQuotaReached": (HTTPStatus.CONFLICT, "The account has reached its core quota."),
    "AuthenticationFailed": (
        HTTPStatus.UNAUTHORIZED,
        "Server failed to authenticate the request. Make sure the value of "
        "the Authorization header is formed correctly and signed with the account's key.",
    ),
    "AutoScaleFormulaTooLong": (HTTPStatus.BAD_REQUEST, "The autoscale formula is too long: at most 8192 characters."),
    "AutoScalingFormulaSyntaxError": (HTTPStatus.BAD_REQUEST, "The specified autoscale formula has a syntax error."),
    "ConditionNotMet": (
        HTTPStatus.PRECONDITION_FAILED,
        "The condition specified in the conditional header(s) was not met for the resource.",
    ),
    "FileNotFound": (HTTPStatus.NOT_FOUND, "The specified file does not exist."),
    "InternalError": (HTTPStatus.INTERNAL_SERVER_ERROR, "Server encountered an internal error. Please try again."),
    "InvalidHeaderValue": (
        HTTPStatus.BAD_REQUEST,
        "The value for one of the HTTP headers is not in the correct format.",
    ),
    "InvalidPropertyValue": (
        HTTPStatus.BAD_REQUEST,
        "The value provided for one of the properties in the request body is invalid.",
    ),
    "InvalidQueryParameterValue": (HTTPStatus.BAD_REQUEST, "The value for one of the query parameters is invalid."),
    "InvalidRange": (
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
        "The range specified is invalid for the current size of the resource.",
    ),
    "InvalidRequestBody": (HTTPStatus.BAD_REQUEST, "The specified request body is not syntactically valid."),
    "InvalidUri": (HTTPStatus.BAD_REQUEST, "The requested URI does not name an operation that this emulator serves."),
    "JobBeingDeleted": (HTTPStatus.CONFLICT, "The specified job is being deleted."),
    "JobBeingTerminated": (HTTPStatus.CONFLICT, "The specified job is being terminated."),
    "JobCompleted": (HTTPStatus.CONFLICT, "The specified job is already in a completed state."),
    "JobDisabled": (HTTPStatus.CONFLICT, "The specified job is disabled."),
    "JobExists": (HTTPStatus.CONFLICT, "The specified job already exists."),
    "JobNotFound": (HTTPStatus.NOT_FOUND, "The specified job does not exist."),
    "MissingRequiredProperty": (HTTPStatus.BAD_REQUEST, "A required property was not specified in the request body."),
    "MissingRequiredQueryParameter": (HTTPStatus.BAD_REQUEST, "A required query parameter was not specified."),
    "NodeNotFound": (HTTPStatus.NOT_FOUND, "The specified node does not exist."),
    "OperationInvalidForCurrentState": (
        HTTPStatus.CONFLICT,
        "The specified operation is not valid for the current state of the resource.",
    ),
    "OperationTimedOut": (
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Operation could not be completed within the specified time.",
    ),
    "PoolBeingDeleted": (HTTPStatus.CONFLICT, "The specified pool is being deleted."),
    "PoolBeingResized": (HTTPStatus.CONFLICT, "The specified pool is being resized."),
    "PoolExists": (HTTPStatus.CONFLICT, "The specified pool already exists."),
    "PoolNotFound": (HTTPStatus.NOT_FOUND, "The specified pool does not exist."),
    "RequestBodyTooLarge": (
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "The request body is too large and exceeds the maximum permissible limit.",
    ),
    "ServerBusy": (HTTPStatus.SERVICE_UNAVAILABLE, "The server is currently unable to receive requests. Please retry."),
    "TaskCompleted": (HTTPStatus.CONFLICT, "The specified task is already in completed state."),
    "TaskDependenciesNotSpecifiedOnJob": (
        HTTPStatus.CONFLICT,
        "The task depends on other tasks, but its job does not set usesTaskDependencies.",
    ),
    "TaskExists": (HTTPStatus.CONFLICT, "The specified task already exists."),
    "TaskFilesUnavailable": (HTTPStatus.CONFLICT, "The files of the specified task are not available: it has no node."),
    "TaskNotFound": (HTTPStatus.NOT_FOUND, "The specified task does not exist."),
    "TooManyEnableAutoScaleRequests": (
        HTTPStatus.CONFLICT,
        "Requests to enable autoscale for the same pool must be separated by at least 30 seconds.",
    ),
    "TooManyRequests": (HTTPStatus.TOO_MANY_REQUESTS, "The rate of requests is too high. Please retry later."),
    "UnsupportedHttpVerb": (HTTPStatus.METHOD_NOT_ALLOWED, "The resource doesn't support the specified HTTP verb."),
    "UnsupportedRequestVersion": (HTTPStatus.BAD_REQUEST, "The request version is not supported: use 2025-06-01."),
}


class BatchRefusal(Exception):
    """An answer in Batch's error shape: ``code`` is a key of ``ERRORS``, ``values`` name what was wrong."""

    def __init__(self, code: str, **values: str) -> None:
        status, sentence = ERRORS[code]
        super().__init__(f"{code}: {sentence} {values or ''}")
        self.code = code
        self.status = int(status)
        self.body = error_body(code, sentence, values)


def error_body(code: str, sentence: str, values: Mapping[str, str] | None = None) -> dict[str, object]:
    """A ``BatchError``: the same shape for an HTTP answer and for one item of a task collection."""
    body: dict[str, object] = {"code": code, "message": {"lang": "en-US", "value": sentence}}
    if values:
        body["values"] = [{"key": key, "value": value} for key, value in values.items()]
    return body
