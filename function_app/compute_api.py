"""HTTP: compute targets."""

import azure.functions as func

from function_app.http_call import Answer, Call, bind
from shared.application import compute_targets
from shared.contract.compute_targets import ComputeTargetModel, ComputeTargetStatus, NodeModel
from shared.contract.requests import ComputeTargetRequest, ComputeTargetUpdate
from shared.contract.responses import Page, ViewPage

bp = func.Blueprint()
WHAT = "compute target name"


@bind(bp, "create_compute_target")
def create_compute_target(call: Call) -> Answer:
    target, new = compute_targets.create(call.backend, call.body(ComputeTargetRequest), call.cause(once=False))
    return call.made(target, new)


@bind(bp, "list_compute_targets")
def list_compute_targets(call: Call) -> ViewPage[ComputeTargetModel]:
    return compute_targets.page(call.backend, *call.page())


@bind(bp, "get_compute_target")
def get_compute_target(call: Call) -> ComputeTargetStatus:
    return compute_targets.status(call.backend, call.path("name", WHAT))


@bind(bp, "list_nodes")
def list_nodes(call: Call) -> Page[NodeModel]:
    return compute_targets.nodes(call.backend, call.path("name", WHAT))


@bind(bp, "update_compute_target")
def update_compute_target(call: Call) -> ComputeTargetModel:
    change = call.body(ComputeTargetUpdate)
    return compute_targets.update(call.backend, call.path("name", WHAT), change, call.cause(once=False))


@bind(bp, "delete_compute_target")
def delete_compute_target(call: Call) -> ComputeTargetModel:
    return compute_targets.delete(call.backend, call.path("name", WHAT), call.cause(once=False))
