"""HTTP: files and logs of a run."""

import azure.functions as func

from function_app.http_call import Answer, Call, bind
from shared.application import files, runs
from shared.contract.responses import FileLink, FileModel, Page
from shared.domain import limits
from shared.domain.run_state import Run

bp = func.Blueprint()
ATTEMPT = "x-runspoor-attempt"
OFFSET = "x-runspoor-next-offset"
COMPLETE = "x-runspoor-complete"


def _attempt(call: Call) -> tuple[Run, int]:
    run = runs.find(call.backend, call.path("run_id", "run id"))
    return run, call.number("attempt", run.attempt, 1, limits.ATTEMPTS)


@bind(bp, "list_files")
def list_files(call: Call) -> Page[FileModel]:
    run, attempt = _attempt(call)
    return files.page(call.backend, run, attempt, call.query("prefix") or "", *call.page())


@bind(bp, "get_file")
def get_file(call: Call) -> FileLink:
    return files.link(call.backend, *_attempt(call), call.path("name"))


@bind(bp, "list_logs")
def list_logs(call: Call) -> Page[FileModel]:
    return files.logs(call.backend, *_attempt(call), *call.page())


@bind(bp, "read_log")
def read_log(call: Call) -> Answer:
    offset = call.number("offset", 0, 0, 10**15)
    run, attempt = _attempt(call)
    data, complete = files.log(call.backend, run, attempt, call.path("name"), offset)
    headers = {ATTEMPT: str(attempt), OFFSET: str(offset + len(data)), COMPLETE: "true" if complete else "false"}
    return Answer(data, 200, "text/plain", headers)
