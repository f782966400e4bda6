"""HTTP: sweeps, and children of runs."""

import azure.functions as func

from function_app.http_call import Answer, Call, bind
from shared.application import runs, sweeps
from shared.contract.responses import RunSummary, ViewPage
from shared.contract.sweeps import SweepModel, SweepRequest

bp = func.Blueprint()


@bind(bp, "submit_sweep")
def submit_sweep(call: Call) -> Answer:
    run, new = sweeps.submit(call.backend, call.body(SweepRequest), call.cause(once=False), call.key)
    return call.made(run, new)


@bind(bp, "get_sweep")
def get_sweep(call: Call) -> SweepModel:
    return sweeps.get(call.backend, call.path("run_id", "run id"))


@bind(bp, "list_children")
def list_children(call: Call) -> ViewPage[RunSummary]:
    parent = runs.find(call.backend, call.path("run_id", "run id"))
    where: dict[str, str | bool] = {"parent": parent.id}
    if status := call.query("status"):
        where["status"] = status
    return runs.page(call.backend, where, *call.page())
