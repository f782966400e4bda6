"""HTTP for nodes: what the run token of an attempt opens, and nothing else does."""

import azure.functions as func

from function_app.datasets_api import file_page
from function_app.http_call import Call, bind
from shared.application import datasets, earlier, outputs
from shared.application.grants import current, grant
from shared.contract.datasets import InputFiles
from shared.contract.datastores import FileUploads
from shared.contract.outputs import OutputUploadsRequest
from shared.contract.requests import GrantsRequest
from shared.contract.responses import GrantsResponse
from shared.domain.errors import NotFound

bp = func.Blueprint()


@bind(bp, "grant")
def give_grants(call: Call) -> GrantsResponse:
    assert call.node
    return grant(call.backend, *call.node, call.body(GrantsRequest))


@bind(bp, "list_input_files")
def list_input_files(call: Call) -> InputFiles:
    assert call.node
    definition = current(call.backend, *call.node)
    limit, cursor, check = file_page(call)
    wanted = definition.inputs.get(call.path("name"))
    if wanted is None and call.path("name") == earlier.NAME:
        return earlier.page(call.backend, *call.node, limit, cursor)
    if wanted is None:
        raise NotFound(f"The run has no input {call.path('name')[:80]!r}: its definition names those it has.")
    return datasets.files_of_input(call.backend, wanted, limit, cursor, check)


@bind(bp, "output_uploads")
def give_output_uploads(call: Call) -> FileUploads:
    assert call.node
    return outputs.uploads(call.backend, *call.node, call.path("name"), call.body(OutputUploadsRequest).paths)
