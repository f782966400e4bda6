"""Autoscale: samples of a pool's tasks and nodes, and what its formula makes of them, now and at each interval."""

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.batch import allocation, workitems
from local.batch.documents import Document, Key, now, seconds
from local.batch.errors import BatchRefusal
from local.batch.formula import DEALLOCATION_OPTIONS, Samples, Value, evaluate
from local.batch.formula_syntax import MAX_LENGTH, Assignment, FormulaError, parse

if TYPE_CHECKING:
    from local.batch.emulator import Emulator

DEFAULT_INTERVAL = "PT15M"
MIN_INTERVAL, MAX_INTERVAL = 300, 168 * 3600
KEPT_SAMPLES = 10_000
TARGETS = {"$TargetDedicatedNodes": "targetDedicatedNodes", "$TargetLowPriorityNodes": "targetLowPriorityNodes"}
SAMPLED = ("$ActiveTasks", "$RunningTasks", "$PendingTasks", "$CurrentDedicatedNodes", "$CurrentLowPriorityNodes")


@dataclass(frozen=True)
class Run:
    """One evaluation: the AutoScaleRun, and the targets when there was no error."""

    document: Document
    targets: tuple[int, int] | None = None
    option: str = "requeue"


class Sampler:
    """What was measured of each pool since the emulator started."""

    def __init__(self) -> None:
        self._points: dict[Key, deque[tuple[float, dict[str, float]]]] = {}
        self.generations: dict[Key, int] = {}
        self.enabled_at: dict[Key, float] = {}

    def add(self, key: Key, values: dict[str, float]) -> None:
        self._points.setdefault(key, deque(maxlen=KEPT_SAMPLES)).append((time.time(), values))

    def samples(self, key: Key, name: str, period: float) -> Samples:
        points = [(at, values[name]) for at, values in self._points.get(key, ())]
        return Samples(points, time.time(), period)


def check(spec: Document) -> None:
    """Refuse a formula that cannot be read and an interval that Batch does not allow."""
    formula = spec.get("autoScaleFormula", "")
    if len(formula) > MAX_LENGTH:
        raise BatchRefusal("AutoScaleFormulaTooLong", Length=str(len(formula)))
    _parse(formula)
    interval = seconds(spec.get("autoScaleEvaluationInterval", DEFAULT_INTERVAL)) or 0
    if not MIN_INTERVAL <= interval <= MAX_INTERVAL:
        raise BatchRefusal(
            "InvalidPropertyValue",
            PropertyName="autoScaleEvaluationInterval",
            PropertyValue=spec["autoScaleEvaluationInterval"],
            Reason="It must be from 5 minutes to 168 hours.",
        )


def _parse(formula: str) -> list[Assignment]:
    try:
        return parse(formula)
    except FormulaError as reason:
        raise BatchRefusal("AutoScalingFormulaSyntaxError", Reason=str(reason)) from None


def check_gap(emulator: "Emulator", key: Key) -> None:
    """Batch takes one enableautoscale per pool in 30 seconds."""
    if time.monotonic() - emulator.sampler.enabled_at.get(key, -1e9) < emulator.settings.enable_autoscale_gap_seconds:
        raise BatchRefusal("TooManyEnableAutoScaleRequests", PoolId=key[0])
    emulator.sampler.enabled_at[key] = time.monotonic()


def enable(emulator: "Emulator", key: Key, pool: Document) -> None:
    """Evaluate now, and from now on at each interval."""
    pool.setdefault("autoScaleEvaluationInterval", DEFAULT_INTERVAL)
    emulator.store.pools.put(key, pool)
    generation = emulator.sampler.generations[key] = emulator.sampler.generations.get(key, 0) + 1
    _tick(emulator, key, generation)


def recover(emulator: "Emulator") -> None:
    for key, pool in emulator.store.pools:
        if pool["enableAutoScale"] and pool["state"] == "active":
            enable(emulator, key, pool)


def _period(emulator: "Emulator", pool: Document) -> float:
    return emulator.settings.evaluation_seconds or seconds(pool["autoScaleEvaluationInterval"]) or 1.0


def _tick(emulator: "Emulator", key: Key, generation: int) -> None:
    pool = emulator.store.pools.get(key)
    if (
        pool is None
        or pool["state"] != "active"
        or not pool["enableAutoScale"]
        or emulator.sampler.generations[key] != generation
    ):
        return
    emulator.sampler.add(key, measure(emulator, key))
    apply(emulator, key, pool, run(emulator, key, pool, pool["autoScaleFormula"]))
    emulator.later(_period(emulator, pool), lambda: _tick(emulator, key, generation))


def measure(emulator: "Emulator", key: Key) -> dict[str, float]:
    """The values of SAMPLED now; a task counts as often as it has instances."""
    jobs = {job_key for job_key, job in emulator.store.jobs if job["poolInfo"]["poolId"].lower() == key[0]}
    queued = [emulator.store.tasks.get(task_key) for task_key in emulator.queue if task_key[:1] in jobs]
    active = float(sum(workitems.instances(task) for task in queued if task))
    running = float(
        sum(len(found.node_keys) for task_key, found in emulator.executions.items() if task_key[:1] in jobs)
    )
    nodes = [node for _, node in emulator.store.nodes.under(*key)]
    dedicated = float(sum(node["isDedicated"] for node in nodes))
    return dict(zip(SAMPLED, (active, running, active + running, dedicated, len(nodes) - dedicated), strict=True))


def run(emulator: "Emulator", key: Key, pool: Document, formula: str) -> Run:
    """Evaluate ``formula`` for the pool as it is now."""
    period = _period(emulator, pool)
    current = measure(emulator, key)
    variables: dict[str, Value] = {
        name: emulator.sampler.samples(key, name, period) for name in SAMPLED if "Tasks" in name
    }
    variables |= {name: value for name, value in current.items() if "Nodes" in name}
    variables |= {name: float(pool[target]) for name, target in TARGETS.items()}
    variables["$NodeDeallocationOption"] = "requeue"
    try:
        found = {**variables, **(assigned := evaluate(_parse(formula), variables, time.time()))}
        targets = [_target(name, found[name]) for name in TARGETS]
    except FormulaError as reason:
        error = {"code": "AutoScalingFormulaEvaluationError", "message": str(reason)}
        return Run({"timestamp": now(), "results": "", "error": error})
    option = str(found["$NodeDeallocationOption"])
    shown = {
        **dict(zip(TARGETS, targets, strict=True)),
        "$NodeDeallocationOption": option,
        **{name: value for name, value in assigned.items() if not name.startswith("$")},
    }
    results = ";".join(f"{name}={_shown(value)}" for name, value in shown.items())
    if option not in DEALLOCATION_OPTIONS:
        error = {"code": "AutoScalingFormulaEvaluationError", "message": f"{option} is not a node deallocation option"}
        return Run({"timestamp": now(), "results": results, "error": error})
    return Run({"timestamp": now(), "results": results}, (targets[0], targets[1]), option)


def _target(name: str, value: Value) -> int:
    if not isinstance(value, float):
        raise FormulaError(f"{name} is not a number")
    return max(0, int(value))


def _shown(value: Value | int) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def apply(emulator: "Emulator", key: Key, pool: Document, result: Run) -> None:
    """Keep the evaluation and resize when its targets are new, or when an earlier resize did not reach them."""
    pool["autoScaleRun"] = result.document
    emulator.store.pools.put(key, pool)
    if result.targets is None:
        return
    is_new = result.targets != (pool["targetDedicatedNodes"], pool["targetLowPriorityNodes"])
    is_creation = pool["allocationState"] == "resizing" and not emulator.store.nodes.under(*key)
    if (pool["allocationState"] == "steady" and (is_new or pool.get("resizeErrors"))) or (is_creation and is_new):
        allocation.begin(emulator, key, pool, *result.targets, result.option)
