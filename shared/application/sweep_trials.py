"""The reaction to a sweep: plan trials, submit them, stop those that are worse than others, end with the last.

A trial is planned before it is submitted, and its run has an id that follows from the plan: whoever goes on after a
crash, or at the same time, submits the same run again, which changes nothing.
"""

import json
from collections.abc import Mapping
from typing import assert_never, cast

from shared.application import children, runs, sweep_reports
from shared.application.backend import Backend, Cause, load, transact
from shared.application.suggestions import Tried
from shared.contract.submission import SubmitRunRequest
from shared.domain import limits
from shared.domain.definition import Report
from shared.domain.errors import NotFound, Refusal, Rejected
from shared.domain.ids import run_stream, split_trial_id, sweep_stream, trial_id
from shared.domain.run import RUN
from shared.domain.run_commands import EndInteractive, SubmitRun
from shared.domain.run_events import End
from shared.domain.run_state import Run
from shared.domain.sweep import (
    SWEEP,
    EndSweep,
    PlanTrial,
    RecordEnded,
    RecordStopped,
    RecordSubmitted,
    StopSweep,
    Sweep,
)
from shared.domain.sweep_events import SweepDefinition
from shared.domain.sweep_policy import to_stop
from shared.domain.sweep_space import CHOSEN, Parameter, option
from shared.domain.sweep_step import PlanNext, StopTrial, SubmitTrial, SweepStep, Wait, next_step
from shared.domain.value import Reason

MOST_STEPS = 50
"""Planning and submitting a trial takes a fraction of a second; a function may run for minutes."""


def begin(backend: Backend, sweep: Sweep, cause: Cause) -> Run:
    """The sweep's own run, which is there from now on."""
    assert sweep.started
    wanted = SubmitRun(sweep.started.run, sweep.started.tags, sweep.started.properties)
    return transact(backend, RUN, run_stream(sweep.id), wanted, cause)[0]


def react(backend: Backend, sweep_id: str, cause: Cause) -> None:
    """Do what the sweep needs next."""
    sweep = load(backend, SWEEP, sweep_stream(sweep_id))
    if sweep.started is None or sweep.ended:
        return
    run = begin(backend, sweep, cause)
    if sweep.definition.policy.kind != "none" and not sweep.trials:
        sweep_reports.watch(backend, sweep)
    if run.ended and not sweep.stopped:
        reason = run.reason or Reason(code="Canceled", message="The run of the sweep has ended.")
        transact(backend, SWEEP, sweep_stream(sweep_id), StopSweep("canceled", reason), cause)
    else:
        _stop_worse(backend, sweep, cause)
    for _ in range(MOST_STEPS):
        sweep = load(backend, SWEEP, sweep_stream(sweep_id))
        if not _take(backend, sweep, next_step(sweep, backend.clock()), cause):
            return
    backend.reactions.send(sweep_stream(sweep_id))


def _take(backend: Backend, sweep: Sweep, step: SweepStep, cause: Cause) -> bool:
    """Take one step; True when the next one may follow at once."""
    stream = sweep_stream(sweep.id)
    match step:
        case PlanNext():
            parameters = chosen(backend, sweep, step.number)
            transact(backend, SWEEP, stream, PlanTrial(step.number, parameters), cause)
        case SubmitTrial():
            _submit(backend, sweep, step.number, cause)
        case StopTrial():
            _stop(backend, sweep, step.number, step.reason, cause)
        case StopSweep():
            transact(backend, SWEEP, stream, step, cause)
        case EndSweep():
            _end_run(backend, sweep, step, cause)
            transact(backend, SWEEP, stream, step, cause)
        case Wait():
            return False
        case _:
            assert_never(step)
    return True


def chosen(backend: Backend, sweep: Sweep, number: int) -> dict[str, Parameter]:
    """The parameters of the next trial, by what the sweep's sampling makes of the trials before it."""
    definition = sweep.definition
    if definition.sampling in CHOSEN:
        return CHOSEN[definition.sampling](definition.space, definition.seed, number)
    tried = [Tried(trial.parameters, trial.status is not None, trial.metric) for trial in sweep.trials.values()]
    return backend.suggestions.suggest(definition.space, definition.goal, definition.seed, tried)


def trial_request(
    sweep_id: str, definition: SweepDefinition, number: int, parameters: Mapping[str, Parameter]
) -> SubmitRunRequest:
    """What is submitted for a trial: the sweep's run with the parameters appended as ``--name value``."""
    body = dict(definition.trial)
    words = [word for name, value in parameters.items() for word in (option(name), str(value))]
    launched = "command" if "command" in body else "arguments"
    body[launched] = [*cast("list[object]", body.get(launched, [])), *words]
    return SubmitRunRequest.model_validate_json(json.dumps(
        {**body, "run_id": trial_id(sweep_id, number), "parent": sweep_id}))


def _submit(backend: Backend, sweep: Sweep, number: int, cause: Cause) -> None:
    stream, run_id = sweep_stream(sweep.id), trial_id(sweep.id, number)
    wanted = trial_request(sweep.id, sweep.definition, number, sweep.trials[number].parameters)
    try:
        runs.submit(backend, wanted, cause, None)
    except Refusal as refusal:
        reason = Reason(code="TrialRefused", message=str(refusal)[: limits.ERROR_CHARACTERS])
        transact(backend, SWEEP, stream, RecordEnded(number, "Failed", None, reason), cause)
        return
    known, _ = transact(backend, SWEEP, stream, RecordSubmitted(number), cause)
    if known.stopped and known.trials[number].status:
        # Somebody else wound the sweep up in this moment, and found no run to cancel.
        children.cancel(backend, run_id, known.stopped.reason.message, cause)


def _stop(backend: Backend, sweep: Sweep, number: int, reason: Reason, cause: Cause) -> None:
    """Tell a trial to end because the sweep does."""
    try:
        children.cancel(backend, trial_id(sweep.id, number), reason.message[: limits.REASON_CHARACTERS], cause)
    except NotFound:
        never = RecordEnded(number, "Canceled", None, reason)
        transact(backend, SWEEP, sweep_stream(sweep.id), never, cause)
        return
    transact(backend, SWEEP, sweep_stream(sweep.id), RecordStopped(number, reason), cause)


def _stop_worse(backend: Backend, sweep: Sweep, cause: Cause) -> None:
    """Tell the trials to end that early termination picks."""
    candidates = [number for number, trial in sweep.running.items() if trial.submitted and not trial.stopped]
    policy = sweep.definition.policy
    if policy.kind == "none" or not candidates or sweep.stopped:
        return
    sweep_reports.note_running(backend, sweep, candidates)
    histories = {each.number: each.values for each in sweep_reports.every(backend, sweep.id)}
    for number, reason in to_stop(policy, sweep.definition.goal, histories, candidates).items():
        if children.cancel(backend, trial_id(sweep.id, number), reason.message, cause):
            transact(backend, SWEEP, sweep_stream(sweep.id), RecordStopped(number, reason), cause)


def _end_run(backend: Backend, sweep: Sweep, step: EndSweep, cause: Cause) -> None:
    """End the sweep's own run, unless somebody has."""
    report = Report(outcome=step.outcome, started_at=sweep.started_at, ended_at=backend.clock(), reason=step.reason)
    try:
        transact(backend, RUN, run_stream(sweep.id), EndInteractive(report), cause)
    except Rejected:
        return


def trial_ended(backend: Backend, run: Run, cause: Cause) -> None:
    """A run has ended: its sweep, if it is a trial of one, hears of it and goes on."""
    sweep_id, number = split_trial_id(run.id)
    if sweep_id is None or number is None or not run.definition or run.definition.parent != sweep_id:
        return
    sweep = load(backend, SWEEP, sweep_stream(sweep_id))
    if number in sweep.running:
        sweep_reports.note(backend, sweep, number, run.attempt)
        metric = sweep_reports.best(
            backend, run.id, run.attempt, sweep.definition.primary_metric, sweep.definition.goal)
        ended = RecordEnded(number, cast("End", run.phase.value), metric, run.reason)
        transact(backend, SWEEP, sweep_stream(sweep_id), ended, cause)
    if sweep.started and not sweep.ended:
        backend.reactions.send(sweep_stream(sweep_id))


def look_after(backend: Backend, sweep_id: str, cause: Cause) -> None:
    """What the minute's round does about a sweep: hear what was missed of its trials, and react."""
    sweep = load(backend, SWEEP, sweep_stream(sweep_id))
    for number in sweep.running:
        run = load(backend, RUN, run_stream(trial_id(sweep_id, number)))
        if run.ended:
            trial_ended(backend, run, cause)
    react(backend, sweep_id, cause)
