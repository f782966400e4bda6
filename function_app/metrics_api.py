"""HTTP: metrics."""

import uuid

import azure.functions as func

from function_app.http_call import Call, bind
from shared.application import metric_read, metric_write, runs
from shared.contract.metrics import MetricPoints, MetricSummary
from shared.contract.requests import MetricsRequest
from shared.contract.responses import Page, Written
from shared.domain import limits
from shared.domain.run_state import Run

bp = func.Blueprint()


def _run(call: Call) -> Run:
    return runs.find(call.backend, call.path("run_id", "run id"))


@bind(bp, "log_metrics")
def log_metrics(call: Call) -> Written:
    request, key = call.body(MetricsRequest), call.key or uuid.uuid4().hex
    return Written(written=metric_write.write(call.backend, _run(call).id, request, key))


def _position(metric: MetricSummary) -> str:
    """Sorts as the list does: by name, then kind, of which a name may have several."""
    return f"{metric.name}\0{metric.kind}"


@bind(bp, "list_metrics")
def list_metrics(call: Call) -> Page[MetricSummary]:
    run = _run(call)
    attempt = call.number("attempt", run.attempt, 0, limits.ATTEMPTS)
    limit, cursor = call.number("limit", limits.PAGE, 1, limits.LARGEST_METRICS_PAGE), call.query("cursor")
    found = metric_read.summaries(call.backend, run.id, attempt)
    behind = [metric for metric in found if cursor is None or _position(metric) > cursor]
    return Page(value=behind[:limit], next=_position(behind[limit - 1]) if len(behind) > limit else None)


@bind(bp, "get_metric")
def get_metric(call: Call) -> MetricPoints:
    run = _run(call)
    attempt = call.number("attempt", run.attempt, 0, limits.ATTEMPTS)
    limit = call.number("limit", limits.POINTS_PAGE, 1, limits.LARGEST_POINTS_PAGE)
    first = call.number("after", 0, 0, 10**9)
    return metric_read.points(call.backend, run.id, attempt, call.path("name"), first, limit)
