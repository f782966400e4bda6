"""What callers do with runs: submit, cancel, tag, read, list."""

import uuid

from shared.application import children, datasets, destinations, experiments, lists, outputs, snapshots
from shared.application.backend import Backend, Cause, load, transact
from shared.contract.responses import RunResponse, RunSummary, ViewPage
from shared.contract.submission import DistributionRequest, SubmitRunRequest
from shared.domain import limits
from shared.domain.compute import COMPUTE, ComputePhase, ComputeSpec
from shared.domain.definition import LOCAL, Distribution, Environment, Input, Launch, Output, RunDefinition, Snapshot
from shared.domain.errors import Invalid, NotFound
from shared.domain.fit import check_fit
from shared.domain.ids import checked, compute_stream, pool_id, run_id_for, run_stream
from shared.domain.run import RUN, unknown
from shared.domain.run_commands import RunCommand, SubmitRun
from shared.domain.run_state import CANCEL_REQUESTED, Phase, Run

STATUSES = (*(phase.value for phase in Phase), CANCEL_REQUESTED)


def submit(backend: Backend, request: SubmitRunRequest, cause: Cause, key: str | None) -> tuple[RunResponse, bool]:
    """Submit a run; the same key or run id makes one run. Returns the run, and whether it is new."""
    experiment = checked("experiment name", request.experiment)
    run_id = checked("run id", request.run_id or run_id_for(experiment, key or uuid.uuid4().hex))
    known = load(backend, RUN, run_stream(run_id)).definition
    definition = define(backend, request, run_id, known)
    command = SubmitRun(definition, request.tags, request.properties)
    if known is None:
        RUN.decide(RUN.initial(run_id), command)  # What it refuses is not to claim a place.
        destinations.claim(backend, run_id, definition.outputs)
    if known is None and definition.is_local:
        experiments.ensure(backend, experiment, cause)  # No reaction comes before its first attempt.
    run, new = transact(backend, RUN, run_stream(run_id), command, cause)
    return response(run), new


def define(
    backend: Backend, request: SubmitRunRequest, run_id: str, known: RunDefinition | None = None
) -> RunDefinition:
    """What the request asks for, once all that it names is found fit. ``known``: it was found so before, as this."""
    snapshot = _snapshot(backend, request, known)
    spec = None if known else _usable(backend, request.compute_target)
    definition = _definition(request, snapshot, outputs.asked(backend, request.outputs, run_id, known))
    _check_size(definition)
    if known is None:
        children.check_parent(backend, definition.parent)
        check_fit(definition, spec)
        _check_data(backend, definition)
    return definition


def _snapshot(backend: Backend, request: SubmitRunRequest, known: RunDefinition | None) -> Snapshot | None:
    if request.snapshot_id is None:
        return None
    if known and known.snapshot and known.snapshot.id == request.snapshot_id:
        return known.snapshot
    try:
        manifest = snapshots.read(backend, request.snapshot_id)
    except NotFound as error:
        raise Invalid(str(error)) from error
    files = manifest.files
    if request.script is not None and request.script not in {file.path for file in files}:
        there = ", ".join(file.path for file in files[:10])
        raise Invalid(f"The snapshot has no script {request.script!r}; it has: {there}. Name a file of the snapshot.")
    return Snapshot(id=request.snapshot_id, files=len(files), bytes=sum(file.size for file in files),
                    datastore=manifest.datastore)


def _usable(backend: Backend, name: str) -> ComputeSpec | None:
    """What the compute target is made of, none for ``local``; ``Invalid`` when nothing can run on it."""
    if pool_id(name) == LOCAL:
        return None
    target = load(backend, COMPUTE, compute_stream(checked("compute target name", name)))
    if target.phase is ComputePhase.ABSENT:
        raise Invalid(f"There is no compute target {name!r}: create it, or name one of the existing ones.")
    if target.phase is ComputePhase.DELETING:
        raise Invalid(f"Compute target {name!r} is being deleted: name another one.")
    if target.phase is ComputePhase.FAILED and target.reason:
        raise Invalid(f"Compute target {name!r} could not be made: {target.reason.message} Create it anew first.")
    return target.spec


def _check_size(definition: RunDefinition) -> None:
    size = len(definition.model_dump_json().encode())
    if size > limits.EVENT_BYTES:
        raise Invalid(f"The run's definition has {size:,} bytes and may have {limits.EVENT_BYTES:,}: put long "
                      "arguments and variables into a file of the snapshot.")


def _check_data(backend: Backend, definition: RunDefinition) -> None:
    for name, each in definition.inputs.items():
        datasets.check_input(backend, name, each)
    outputs.check(backend, definition)


def _definition(request: SubmitRunRequest, snapshot: Snapshot | None, written: dict[str, Output]) -> RunDefinition:
    return RunDefinition(
        experiment=request.experiment,
        snapshot=snapshot,
        launch=Launch.model_validate(request.model_dump(include={"script", "arguments", "command"})),
        compute_target=pool_id(request.compute_target),
        environment=Environment.model_validate(request.environment.model_dump()),
        inputs={name: Input.model_validate(each.model_dump()) for name, each in request.inputs.items()},
        outputs=written,
        distribution=_distribution(request.distribution),
        priority=request.priority,
        parent=request.parent,
        compatibility=request.compatibility,
        description=request.description,
        max_run_duration_seconds=request.max_run_duration_seconds,
        grace_seconds=request.grace_seconds,
        max_attempts=1 if pool_id(request.compute_target) == LOCAL else request.max_attempts,
        display_name=request.display_name,
    )


def _distribution(asked: DistributionRequest | None) -> Distribution | None:
    if asked is None:
        return None
    return Distribution.model_validate({**asked.model_dump(), "processes": asked.processes or asked.nodes})


def command(backend: Backend, run_id: str, wanted: RunCommand, cause: Cause) -> RunResponse:
    """Cancel, tag, set properties."""
    return response(transact(backend, RUN, run_stream(run_id), wanted, cause)[0])


def find(backend: Backend, run_id: str, version: int | None = None) -> Run:
    """The run, now or as it was at ``version``; ``NotFound`` when nobody submitted it."""
    run = load(backend, RUN, run_stream(run_id), version)
    if run.definition is None:
        raise unknown(run_id)
    return run


def response(run: Run) -> RunResponse:
    """A run as callers see it."""
    assert run.definition
    report = run.report
    return RunResponse.model_validate({
        **summary(run).model_dump(),
        "description": run.description,
        "node": run.node,
        "nodes": list(run.nodes),
        "distribution": run.definition.distribution and run.definition.distribution.model_dump(),
        "priority": run.definition.priority,
        "cancel": run.cancel and vars(run.cancel),
        "exit_code": report.exit_code if report else None,
        "last_lines": list(report.last_lines) if report else [],
        "left": run.outputs.model_dump(),
        "inputs": outputs.run_inputs(run.definition),
        "outputs": outputs.run_outputs(run),
        "properties": dict(run.properties),
        "definition": run.definition.model_dump(mode="json"),
    })


def summary(run: Run) -> RunSummary:
    """A run as lists show it."""
    assert run.definition
    return RunSummary.model_validate({
        "run_id": run.id,
        "parent": run.definition.parent,
        "sweep": run.definition.sweep,
        "experiment": run.definition.experiment,
        "compute_target": run.definition.compute_target,
        "nodes_needed": run.definition.nodes,
        "node_seconds": run.node_seconds,
        "on_nodes_since": run.on_nodes_since,
        "display_name": run.display_name,
        "status": run.status,
        "since": run.since,
        "version": run.version,
        "attempt": run.attempt,
        "submitted_at": run.submitted_at,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "reason": run.reason and run.reason.model_dump(),
        "tags": {name: tag.value for name, tag in run.tags.items()},
    })


def page(backend: Backend, where: dict[str, str | bool], limit: int, before: str | None) -> ViewPage[RunSummary]:
    """A page of runs, newest first."""
    if where.get("status", CANCEL_REQUESTED) not in STATUSES:
        raise Invalid(f"No run has the status {where['status']!r}: it is one of {', '.join(STATUSES)}.")
    if target := where.get("compute_target"):
        where = {**where, "compute_target": pool_id(str(target))}
    return lists.page(backend, "run", RunSummary, where, limit, before)
