"""What callers do with sweeps: start one, look at it."""

import uuid
import zlib

from pydantic import ValidationError

from shared.application import experiments, runs, sweep_reports
from shared.application.backend import Backend, Cause, load, transact
from shared.application.sweep_trials import begin, trial_request
from shared.contract.responses import ReasonModel, RunResponse
from shared.contract.submission import SubmitRunRequest
from shared.contract.sweeps import SweepModel, SweepRequest, TrialModel
from shared.domain import limits, sweep_policy, sweep_space
from shared.domain.definition import LOCAL, Launch, RunDefinition
from shared.domain.errors import Invalid, Rejected
from shared.domain.ids import checked, pool_id, run_id_for, run_stream, sweep_stream, trial_id
from shared.domain.run import RUN
from shared.domain.run_commands import SubmitRun
from shared.domain.run_state import Phase
from shared.domain.sweep import SWEEP, StartSweep, Sweep, Trial, unknown
from shared.domain.sweep_events import SweepDefinition

EACH = "{run-id}"


def submit(backend: Backend, request: SweepRequest, cause: Cause, key: str | None) -> tuple[RunResponse, bool]:
    """Start a sweep; the same key or run id makes one sweep. Returns its own run, and whether it is new."""
    experiment = checked("experiment name", request.run.experiment)
    run_id = checked("run id", request.run_id or run_id_for(experiment, f"sweep {key or uuid.uuid4().hex}"))
    command = _command(request, run_id)
    if load(backend, SWEEP, sweep_stream(run_id)).started is None:
        _check(backend, request, run_id, command)
        experiments.ensure(backend, experiment, cause)
    sweep, new = transact(backend, SWEEP, sweep_stream(run_id), command, cause)
    return runs.response(begin(backend, sweep, cause)), new


def _command(request: SweepRequest, run_id: str) -> StartSweep:
    definition = SweepDefinition.model_validate({
        **request.model_dump(include={"primary_metric", "goal", "policy", "max_total_runs", "max_duration_seconds"}),
        "trial": request.run.model_dump(mode="json", exclude_defaults=True),
        "sampling": request.sampling.kind,
        "space": request.sampling.model_dump()["space"],
        "seed": zlib.crc32(run_id.encode()) if request.sampling.seed is None else request.sampling.seed,
        "max_concurrent_runs": request.max_concurrent_runs
        or min(request.max_total_runs, limits.SWEEP_CONCURRENT_RUNS),
    })
    run = RunDefinition(
        experiment=request.run.experiment, snapshot=None, launch=Launch(), sweep=True, max_attempts=1,
        compute_target=pool_id(request.run.compute_target), display_name=request.display_name,
        description=request.description, compatibility=request.run.compatibility)
    return StartSweep(definition, run, request.tags, request.properties)


def _check(backend: Backend, request: SweepRequest, run_id: str, command: StartSweep) -> None:
    """Refuse what could not be run, before anything is written."""
    if len(run_id) > limits.SWEEP_ID_CHARACTERS:
        raise Invalid(f"The run id {run_id!r} is too long for a sweep, whose trials append a number: use at most "
                      f"{limits.SWEEP_ID_CHARACTERS} characters.")
    sweep_space.check(command.definition.sampling, command.definition.space)
    sweep_policy.check(command.definition.policy)
    _check_trial(request.run)
    RUN.decide(RUN.initial(run_id), SubmitRun(command.run, command.tags, command.properties))
    if load(backend, RUN, run_stream(run_id)).definition:
        raise Rejected(f"There is a run {run_id!r} that is no sweep: use another run id.")
    _check_size(command.definition)
    runs.define(backend, _first_trial(run_id, command), trial_id(run_id, 0))


def _check_trial(run: SubmitRunRequest) -> None:
    if run.run_id is not None or run.parent is not None:
        raise Invalid("Each trial gets its run id and parent from the sweep: leave 'run_id' and 'parent' of 'run' out.")
    if pool_id(run.compute_target) == LOCAL:
        raise Invalid("Trials run on a compute target: name one in 'compute_target' of 'run', and a script or command.")
    shared = next((name for name, each in run.outputs.items() if each.path and EACH not in each.path.path), None)
    if shared is not None:
        raise Invalid(f"All trials would write output {shared!r} to one place: put {EACH!r} into its path.")


def _first_trial(run_id: str, command: StartSweep) -> SubmitRunRequest:
    """A trial as any will be, but for its parent, which is not there yet."""
    point = sweep_space.sample(command.definition.space, command.definition.seed, 0)
    try:
        return trial_request(run_id, command.definition, 0, point).model_copy(update={"parent": None})
    except ValidationError as error:
        raise Invalid(f"With parameters appended no trial can be submitted: {error.errors()[0]['msg']}.") from error


def _check_size(definition: SweepDefinition) -> None:
    size = len(definition.model_dump_json().encode())
    if size > limits.EVENT_BYTES:
        raise Invalid(f"The sweep's definition has {size:,} bytes and may have {limits.EVENT_BYTES:,}: give fewer "
                      "values to choose among, and put long arguments into a file of the snapshot.")


def get(backend: Backend, run_id: str) -> SweepModel:
    """The sweep whose own run this is, with all its trials."""
    sweep = load(backend, SWEEP, sweep_stream(run_id))
    if sweep.started is None:
        raise unknown(run_id)
    run, definition = runs.find(backend, run_id), sweep.definition
    trials = _trials(backend, sweep)
    metrics = {trial.number: trial.metric for trial in trials if trial.metric is not None}
    best = sweep_policy.best(definition.goal, metrics)
    return SweepModel.model_validate({
        **definition.model_dump(mode="json", include=set(SweepModel.model_fields) - {"sampling"}),
        "sampling": {"kind": definition.sampling, "space": definition.model_dump(mode="json")["space"],
                     "seed": definition.seed},
        "run_id": run_id, "status": run.status, "reason": run.reason and run.reason.model_dump(),
        "trials_possible": definition.possible, "started_at": sweep.started_at, "ended_at": run.ended_at,
        "trials": trials, "best": trials[best] if best is not None else None,
    })


def _trials(backend: Backend, sweep: Sweep) -> list[TrialModel]:
    """The trials by number: of those that run, status and metric as the lists have them."""
    goal, running = sweep.definition.goal, sweep.running
    ids = frozenset(trial_id(sweep.id, number) for number in running)
    status = {view.id: str(view.body["status"]) for view in backend.views.page("run", {"run_id": ids}, len(ids), None)}
    said = {each.number: sweep_reports.best_of(goal, each.values)
            for each in (sweep_reports.every(backend, sweep.id) if running else [])}
    return [_trial(trial_id(sweep.id, number), number, trial, status, said)
            for number, trial in sorted(sweep.trials.items())]


def _trial(
    run_id: str, number: int, trial: Trial, status: dict[str, str], said: dict[int, float | None]
) -> TrialModel:
    reason = trial.stopped or trial.reason
    return TrialModel(
        number=number, run_id=run_id, parameters=dict(trial.parameters),
        status=trial.status or status.get(run_id, Phase.NOT_STARTED.value),
        metric=trial.metric if trial.status else said.get(number),
        reason=reason and ReasonModel(**reason.model_dump()),
    )
