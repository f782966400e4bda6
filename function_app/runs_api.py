"""HTTP: runs."""

import azure.functions as func

from function_app.http_call import Answer, Call, bind
from shared.application import events, local_runs, runs, why
from shared.application.last_words import last_lines
from shared.contract.local_runs import EndRequest, LocalAttempt, LocalAttemptRequest, UploadsRequest, UploadsResponse
from shared.contract.requests import CancelRequest, PropertiesRequest, RunUpdate, TagsRequest
from shared.contract.responses import EventModel, Page, RunResponse, RunSummary, ViewPage
from shared.contract.submission import SubmitRunRequest
from shared.contract.why import Why
from shared.domain.errors import Fenced
from shared.domain.run_commands import DescribeRun, RemoveTag, RequestCancel, SetProperties, TagRun

bp = func.Blueprint()
FILTERS = ("experiment", "status", "compute_target")


@bind(bp, "submit_run")
def submit_run(call: Call) -> Answer:
    wanted = call.body(SubmitRunRequest)
    if call.node and wanted.parent != call.node[0]:
        raise Fenced(f"A script submits children of its own run only: give parent {call.node[0]!r}.")
    run, new = runs.submit(call.backend, wanted, call.cause(once=False), call.key)
    return call.made(run, new)


@bind(bp, "list_runs")
def list_runs(call: Call) -> ViewPage[RunSummary]:
    where: dict[str, str | bool] = {name: value for name in FILTERS if (value := call.query(name))}
    if call.flag("root"):
        where["root"] = True
    return runs.page(call.backend, where, *call.page())


@bind(bp, "get_run")
def get_run(call: Call) -> RunResponse:
    version = call.number("version", 0, 1, 10**9) or None
    run = runs.find(call.backend, call.path("run_id", "run id"), version)
    return runs.response(run).model_copy(update={"last_lines": last_lines(call.backend, run)})


@bind(bp, "update_run")
def update_run(call: Call) -> RunResponse:
    wish = DescribeRun(**call.body(RunUpdate).model_dump())
    return runs.command(call.backend, call.path("run_id", "run id"), wish, call.cause())


@bind(bp, "local_attempt")
def begin_local_attempt(call: Call) -> LocalAttempt:
    call.body(LocalAttemptRequest)
    return local_runs.begin(call.backend, call.path("run_id", "run id"), call.cause())


@bind(bp, "end_run")
def end_run(call: Call) -> RunResponse:
    return local_runs.end(call.backend, call.path("run_id", "run id"), call.body(EndRequest), call.cause())


@bind(bp, "uploads")
def give_uploads(call: Call) -> UploadsResponse:
    return local_runs.uploads(call.backend, call.path("run_id", "run id"), call.body(UploadsRequest).names)


@bind(bp, "list_events")
def list_events(call: Call) -> Page[EventModel]:
    after = call.number("after", 0, 0, 10**9)
    return events.page(call.backend, call.path("run_id", "run id"), after, call.limit())


@bind(bp, "why")
def explain_run(call: Call) -> Why:
    return why.why(call.backend, call.path("run_id", "run id"))


@bind(bp, "cancel_run")
def cancel_run(call: Call) -> RunResponse:
    cause = call.cause()
    wish = RequestCancel(cause.actor, call.body(CancelRequest).reason)
    return runs.command(call.backend, call.path("run_id", "run id"), wish, cause)


@bind(bp, "tag_run")
def tag_run(call: Call) -> RunResponse:
    wish = TagRun(call.body(TagsRequest).tags)
    return runs.command(call.backend, call.path("run_id", "run id"), wish, call.cause())


@bind(bp, "remove_tag")
def remove_tag(call: Call) -> RunResponse:
    return runs.command(call.backend, call.path("run_id", "run id"), RemoveTag(call.path("name")), call.cause())


@bind(bp, "set_properties")
def set_properties(call: Call) -> RunResponse:
    wish = SetProperties(call.body(PropertiesRequest).properties)
    return runs.command(call.backend, call.path("run_id", "run id"), wish, call.cause())
