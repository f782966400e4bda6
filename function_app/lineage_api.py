"""HTTP: what data, runs and models came of, and what came of them."""

import azure.functions as func

from function_app.http_call import Call, bind
from shared.application import lineage
from shared.contract.lineage import Lineage
from shared.domain import limits

bp = func.Blueprint()
LARGEST_NUMBER = 10**9


def _depth(call: Call) -> int:
    return call.number("depth", limits.LINEAGE_DEPTH, 1, limits.LARGEST_LINEAGE_DEPTH)


def _version(call: Call) -> int | None:
    return call.number("version", 0, 1, LARGEST_NUMBER) or None


@bind(bp, "run_lineage")
def lineage_of_run(call: Call) -> Lineage:
    return lineage.of_run(call.backend, call.path("run_id", "run id"), _depth(call))


@bind(bp, "dataset_lineage")
def lineage_of_dataset(call: Call) -> Lineage:
    return lineage.of_dataset(call.backend, call.path("name", "dataset name"), _version(call), _depth(call))


@bind(bp, "saved_dataset_lineage")
def lineage_of_saved_dataset(call: Call) -> Lineage:
    return lineage.of_saved_dataset(call.backend, call.path("dataset_id", "dataset id"), _depth(call))


@bind(bp, "model_lineage")
def lineage_of_model(call: Call) -> Lineage:
    return lineage.of_model(call.backend, call.path("name", "model name"), _version(call), _depth(call))
