"""HTTP for nodes: what the run token of an attempt opens, and nothing else does."""

import azure.functions as func

from function_app.datasets_api import file_page
from function_app.http_call import Call, bind
from shared.application import datasets
from shared.application.grants import current, grant
from shared.application.tokens import BadToken
from shared.contract.datasets import InputFiles
from shared.contract.requests import GrantsRequest
from shared.contract.responses import GrantsResponse
from shared.domain.errors import Fenced, NotFound

bp = func.Blueprint()


@bind(bp, "grant")
def give_grants(call: Call) -> GrantsResponse:
    run_id, attempt = _authenticated(call)
    return grant(call.backend, run_id, attempt, call.body(GrantsRequest))


@bind(bp, "list_input_files")
def list_input_files(call: Call) -> InputFiles:
    definition = current(call.backend, *_authenticated(call))
    wanted = definition.inputs.get(call.path("name"))
    if wanted is None:
        raise NotFound(f"The run has no input {call.path('name')[:80]!r}: its definition names those it has.")
    return datasets.files_of_input(call.backend, wanted, *file_page(call))


def _authenticated(call: Call) -> tuple[str, int]:
    """Run and attempt of the path, if the token is theirs."""
    scheme, _, token = (call.request.headers.get("Authorization") or "").partition(" ")
    if scheme.lower() != "bearer":
        raise BadToken("Show the run's token: Authorization: Bearer <token>.")
    run_id, attempt = call.backend.tokens.read(token)
    if (run_id, str(attempt)) != (call.path("run_id"), call.path("attempt")):
        raise Fenced("This token belongs to another run or attempt: show the one of the task document.")
    return run_id, attempt
