"""HTTP in and out: a route of the contract is bound to a handler, and whatever the handler does becomes an answer.

A handler gets a ``Call`` and returns a model, or an ``Answer`` when status or media type are not the route's own.
"""

import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import azure.functions as func
from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError, ServiceResponseError
from pydantic import BaseModel, ValidationError

from function_app import wiring
from shared.application.backend import Backend, Cause, Contention
from shared.application.children import is_below
from shared.application.data_ports import StorageSilent, StorageTrouble
from shared.application.grants import current
from shared.application.ports import ComputeRejected, TooNew, TryLater
from shared.application.tokens import BadToken
from shared.contract.responses import Problem
from shared.contract.routes import NODE, ROUTES, Route
from shared.domain import limits
from shared.domain.errors import Fenced, Invalid, NotFound, Rejected
from shared.domain.ids import RULES

log = logging.getLogger(__name__)
Model = TypeVar("Model", bound=BaseModel)
LEVELS = {"caller": func.AuthLevel.FUNCTION, "run": func.AuthLevel.ANONYMOUS, "none": func.AuthLevel.ANONYMOUS}
"""A node's token is checked by the route itself: the host knows only function keys."""


class TooLarge(Exception):
    """The request's body is larger than the API takes."""


STATUS: Mapping[type[Exception], tuple[int, str]] = {
    Invalid: (400, "Bad request"),
    BadToken: (401, "Not authenticated"),
    Fenced: (403, "Not allowed any more"),
    NotFound: (404, "Not found"),
    Rejected: (409, "Conflict"),
    TooLarge: (413, "Too large"),
    ComputeRejected: (422, "Refused by Batch"),
    StorageTrouble: (422, "Refused by the storage of a datastore"),
    StorageSilent: (503, "Busy"),
    Contention: (503, "Busy"),
    TryLater: (503, "Busy"),
    TooNew: (503, "Being updated"),
    ServiceRequestError: (503, "Busy"),
    ServiceResponseError: (503, "Busy"),
}
BUSY_STATUS = {408, 429, 449, 500, 502, 503, 504}
"""What storage and database answer when the same request may succeed in a moment."""
SILENCE = "Storage or the database does not answer at the moment."
AGAIN = "Send the request again."
OUR_FAULT = ("Runspoor failed at this request; the fault is Runspoor's, not the request's. Send it again; if it fails "
             "again, tell whoever runs this backend about incident {incident}: its log says more.")
RETRY_AFTER = {503: "1"}


@dataclass(frozen=True)
class Answer:
    """An answer that is not just the route's own status with a model."""

    body: BaseModel | bytes
    status: int
    media: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One request of a route."""

    route: Route
    request: func.HttpRequest

    @property
    def backend(self) -> Backend:
        return wiring.backend()

    @cached_property
    def node(self) -> tuple[str, int] | None:
        """Run and attempt whose token is shown; none on a route for callers.

        ``BadToken`` without a good one; ``Fenced`` when the path names another's that is no child of that run.
        """
        if self.route.auth != "run":
            return None
        scheme, _, token = (self.request.headers.get("Authorization") or "").partition(" ")
        if scheme.lower() != "bearer":
            raise BadToken("Show the run's token: Authorization: Bearer <token>.")
        run_id, attempt = self.backend.tokens.read(token)
        named = {name: self.path(name) for name in ("run_id", "attempt") if f"{{{name}}}" in self.route.path}
        is_own = all(named.get(name, mine) == mine for name, mine in (("run_id", run_id), ("attempt", str(attempt))))
        if not is_own and not (self.route.path.startswith(NODE) and is_below(self.backend, named["run_id"], run_id)):
            raise Fenced("This token belongs to another run or attempt: show the one of the task document.")
        return run_id, attempt

    @property
    def key(self) -> str | None:
        """The caller's Idempotency-Key; ``Invalid`` when it is no usable one."""
        key: str | None = self.request.headers.get("Idempotency-Key")
        if key is not None and not 0 < len(key) <= limits.IDEMPOTENCY_KEY_CHARACTERS:
            raise Invalid(f"The Idempotency-Key has {len(key)} characters: send one of 1 to "
                          f"{limits.IDEMPOTENCY_KEY_CHARACTERS}.")
        return key

    def cause(self, *, once: bool = True) -> Cause:
        """Who asks. With ``once``, the Idempotency-Key makes a repeated command change nothing.

        A signed-in caller's name is set by the authentication of App Service, which lets no caller set it.
        """
        principal = self.request.headers.get("x-ms-client-principal-name")
        actor = "node" if self.node else f"user:{principal[:256]}" if principal else "caller"
        by = f"http:{self.route.name}"
        return Cause(actor, by, f"{by}:{self.key}" if self.key and once else None)

    def body(self, model: type[Model]) -> Model:
        """The request's body as ``model``; ``Invalid`` names what is wrong with it."""
        return parsed(self.request.get_body() or b"{}", model)

    def path(self, name: str, what: str | None = None) -> str:
        """A part of the path. With ``what``, a part that cannot be such a name is ``NotFound``."""
        value = self.request.route_params.get(name) or ""
        if what and not RULES[what][0].fullmatch(value):
            raise NotFound(f"There is nothing called {value[:80]!r}: {what}s are {RULES[what][1]}.")
        return value

    def query(self, name: str) -> str | None:
        value: str | None = self.request.params.get(name)
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A number of the query within bounds; ``Invalid`` otherwise."""
        text = self.query(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or len(text) > 18 or not least <= int(text) <= most:
            raise Invalid(f"The parameter '{name}' is a number from {least} to {most}, not {text[:40]!r}.")
        return int(text)

    def flag(self, name: str) -> bool:
        """'true' or 'false' (also when absent) of the query; ``Invalid`` otherwise."""
        text = self.query(name) or "false"
        if text not in ("true", "false"):
            raise Invalid(f"The parameter '{name}' is 'true' or 'false', not {text[:40]!r}.")
        return text == "true"

    def page(self) -> tuple[int, str | None]:
        """How many items are wanted, and behind which cursor."""
        return self.limit(), self.query("cursor") or None

    def limit(self) -> int:
        """How many items of a list are wanted."""
        return self.number("limit", limits.PAGE, 1, limits.LARGEST_PAGE)

    def made(self, model: BaseModel, is_usual: bool) -> Answer:
        """The answer with the route's usual status, or else its other one."""
        return Answer(model, self.route.success if is_usual or self.route.other is None else self.route.other[0])


def parsed(body: bytes, model: type[Model]) -> Model:
    """JSON as a model; ``Invalid`` says which field is wrong and how."""
    if len(body) > limits.BODY_BYTES:
        raise TooLarge(f"The body has {len(body):,} bytes and may have {limits.BODY_BYTES:,}: send less at once.")
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise BadBody(error) from error


class BadBody(Invalid):
    """A body that is no JSON, or not of the model's shape."""

    def __init__(self, error: ValidationError) -> None:
        wrong = error.errors(include_url=False, include_input=False, include_context=False)[:20]
        self.errors = [f"{_field(e['loc'])}: {e['msg'].removeprefix('Value error, ')[:300]}" for e in wrong]
        super().__init__(f"The body does not fit: {self.errors[0]}.")


def _field(place: tuple[int | str, ...]) -> str:
    return ".".join(map(str, place))[:200] or "body"


Handler = Callable[[Call], BaseModel | Answer]


def bind(bp: func.Blueprint, name: str) -> Callable[[Handler], Handler]:
    """Bind the route called ``name`` to a handler, and its twin for nodes."""

    def decorate(handler: Handler) -> Handler:
        for each in (name, f"node_{name}"):
            if each in ROUTES:
                _bind(bp, ROUTES[each], handler)
        return handler

    return decorate


def _bind(bp: func.Blueprint, route: Route, handler: Handler) -> None:
    def function(req: func.HttpRequest) -> func.HttpResponse:
        return _respond(_answer(Call(route, req), handler))

    function.__name__ = route.name
    bp.function_name(route.name)(
        bp.route(route=route.path, methods=[route.method], auth_level=LEVELS[route.auth])(function)
    )


def _answer(call: Call, handler: Handler) -> Answer:
    try:
        if call.node and call.route.path.startswith(NODE):
            current(call.backend, *call.node)
        answer = handler(call)
    except tuple(STATUS) as error:
        return problem(error)
    except HttpResponseError as error:
        return problem(TryLater(SILENCE)) if error.status_code in BUSY_STATUS else _our_fault(call.route.name)
    except Exception:
        return _our_fault(call.route.name)
    return answer if isinstance(answer, Answer) else Answer(answer, call.route.success)


def problem(error: Exception) -> Answer:
    """An error as problem+json. The table has every error a handler may raise; anything else is a fault of ours."""
    status, title = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    errors = error.errors if isinstance(error, BadBody) else None
    body = Problem(title=title, status=status, detail=_detail(error), errors=errors)
    headers = {"Retry-After": RETRY_AFTER[status]} if status in RETRY_AFTER else {}
    return Answer(body, status, "application/problem+json", headers)


def _detail(error: Exception) -> str:
    said = SILENCE if isinstance(error, AzureError) else str(error) or SILENCE
    return f"{said} {AGAIN}" if isinstance(error, (AzureError, TryLater)) else said


def _our_fault(route: str) -> Answer:
    """The last resort for what no table knows: the caller gets a number, the log gets everything else."""
    incident = uuid.uuid4().hex[:12]
    log.exception("incident %s in %s", incident, route)
    body = Problem(title="Internal error", status=500, detail=OUR_FAULT.format(incident=incident))
    return Answer(body, 500, "application/problem+json")


def _respond(answer: Answer) -> func.HttpResponse:
    body = answer.body if isinstance(answer.body, bytes) else answer.body.model_dump_json(by_alias=True).encode()
    return func.HttpResponse(body, status_code=answer.status, mimetype=answer.media, headers=dict(answer.headers))
