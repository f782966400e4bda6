"""Sweeps as use cases: a process that dies at any write, what the reconciler finds, and what trials report."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from shared.adapters.memory import MemoryEvents
from shared.application import children, metric_write, runs, sweep_reports, sweeps
from shared.application.backend import Backend, load, transact
from shared.application.metric_write import Chunk, add_chunk
from shared.application.ports import Commit
from shared.application.project import project
from shared.application.react import react
from shared.contract.requests import MetricsRequest, Series
from shared.contract.submission import SubmitRunRequest
from shared.contract.sweeps import SweepRequest
from shared.domain.definition import Report
from shared.domain.errors import Rejected
from shared.domain.ids import run_stream, sweep_stream, trial_id
from shared.domain.run import RUN
from shared.domain.run_commands import OpenAttempt, RecordReport, RecordScriptStarted, RequestCancel
from shared.domain.run_state import Run
from shared.domain.sweep import SWEEP, Sweep
from tests.unit.application.deployment import CAUSE, Deployment

ID = "tuning"
SUCCESS = Report(outcome="succeeded", exit_code=0)


class Dead(Exception):
    """The process was killed."""


@dataclass
class Mortal:
    """An ``EventStore`` whose process dies once: at append number ``last``, before it or right after it."""

    events: MemoryEvents
    last: int
    after: bool
    appended: int = 0

    def append(self, commit: Commit) -> None:
        self.appended += 1
        if self.appended == self.last and not self.after:
            raise Dead
        self.events.append(commit)
        if self.appended == self.last:
            raise Dead

    def read(self, stream: str) -> list[Commit]:
        return self.events.read(stream)

    def feed(self, cursor: str | None, limit: int = 100) -> tuple[list[Commit], str]:
        return self.events.feed(cursor, limit)


def request(deployment: Deployment, **settings: object) -> SweepRequest:
    """A sweep of four points, two at once, over the snapshot of the deployment's one run."""
    snapshot = deployment.run.definition and deployment.run.definition.snapshot
    assert snapshot
    run = {"experiment": "tests", "snapshot_id": snapshot.id, "compute_target": "cpu", "script": "train.py"}
    space = {"a": {"kind": "choice", "values": [1, 2]}, "b": {"kind": "choice", "values": [True, "x"]}}
    return SweepRequest.model_validate({
        "run": run, "sampling": {"kind": "grid", "space": space}, "primary_metric": "loss", "goal": "minimize",
        "max_total_runs": 9, "max_concurrent_runs": 2, "run_id": ID, **settings})


def started(**settings: object) -> Deployment:
    deployment = Deployment().submitted()
    sweeps.submit(deployment.backend, request(deployment, **settings), CAUSE, None)
    return deployment


def sweep(deployment: Deployment) -> Sweep:
    return load(deployment.backend, SWEEP, sweep_stream(ID))


def child(deployment: Deployment, number: int) -> Run:
    return load(deployment.backend, RUN, run_stream(trial_id(ID, number)))


def run_script(deployment: Deployment, number: int) -> None:
    """The trial's script starts, logs its number, and ends."""
    run_id = trial_id(ID, number)
    for command in (OpenAttempt(1), RecordScriptStarted(1)):
        transact(deployment.backend, RUN, run_stream(run_id), command, CAUSE)
    metrics = MetricsRequest(metrics=[Series(name="loss", values=[number + 1, number, "text"])])
    metric_write.write(deployment.backend, run_id, metrics, "once")
    transact(deployment.backend, RUN, run_stream(run_id), RecordReport(1, SUCCESS), CAUSE)


def play(deployment: Deployment, backend: Backend) -> None:
    """Reactions, and trials that end, until the sweep's own run has ended."""
    for _ in range(20):
        react(backend, sweep_stream(ID), CAUSE)
        for number, trial in sweep(deployment).running.items():
            if trial.submitted:
                run_script(deployment, number)
                react(backend, run_stream(trial_id(ID, number)), CAUSE)
        react(backend, run_stream(ID), CAUSE)
        if runs.find(deployment.backend, ID).ended and sweep(deployment).ended:
            return
    raise AssertionError(sweep(deployment))


@pytest.mark.parametrize("after", [False, True])
def test_it_may_die_at_every_write(after: bool) -> None:
    deaths = 0
    while True:
        deployment = started()
        mortal = Mortal(deployment.events, deaths + 1, after)
        try:
            play(deployment, replace(deployment.backend, events=mortal))
        except Dead:
            deaths += 1
            play(deployment, deployment.backend)
        else:
            break
        assert_whole(deployment)
    assert deaths > 20


def assert_whole(deployment: Deployment) -> None:
    """Each point was run once, and the sweep knows how each has ended."""
    submitted = [commit.stream for commit in deployment.commits for event in commit.events
                 if type(event).__name__ == "RunSubmitted" and commit.stream.startswith(run_stream(f"{ID}_"))]
    assert sorted(submitted) == [run_stream(trial_id(ID, number)) for number in range(4)]
    model = sweeps.get(deployment.backend, ID)
    assert model.status == "Completed"
    assert [(trial.status, trial.metric) for trial in model.trials] == [("Completed", n) for n in range(4)]
    assert model.best == model.trials[0]
    definitions = [child(deployment, number).definition for number in range(4)]
    arguments = {definition.launch.arguments for definition in definitions if definition}
    assert arguments == {("--a", a, "--b", b) for a in "12" for b in ("True", "x")}


def test_a_start_that_died_before_its_run_was_there() -> None:
    deployment = Deployment().submitted()
    mortal = replace(deployment.backend, events=Mortal(deployment.events, 2, True))  # The first is its experiment.
    with pytest.raises(Dead):
        sweeps.submit(mortal, request(deployment), CAUSE, None)
    assert sweep_stream(ID) in deployment.called()
    react(deployment.backend, sweep_stream(ID), CAUSE)
    assert runs.find(deployment.backend, ID).status == "Running"
    answer, new = sweeps.submit(deployment.backend, request(deployment), CAUSE, None)
    assert (answer.run_id, answer.sweep, new) == (ID, True, False)
    with pytest.raises(Rejected, match="exists with other contents"):
        sweeps.submit(deployment.backend, request(deployment, goal="maximize"), CAUSE, None)


def test_a_trial_that_is_refused_has_failed_and_says_why() -> None:
    deployment = started()
    snapshot = request(deployment).run
    runs.submit(deployment.backend, snapshot.model_copy(update={"run_id": trial_id(ID, 1)}), CAUSE, None)
    react(deployment.backend, sweep_stream(ID), CAUSE)
    trial = sweep(deployment).trials[1]
    assert trial.status == "Failed"
    assert trial.reason
    assert trial.reason.code == "TrialRefused"
    assert [number for number, each in sweep(deployment).trials.items() if each.submitted] == [0, 2]


def test_the_reconciler_hears_of_an_end_that_was_missed() -> None:
    deployment = started()
    react(deployment.backend, sweep_stream(ID), CAUSE)
    transact(deployment.backend, RUN, run_stream(trial_id(ID, 0)), RequestCancel("caller"), CAUSE)
    assert list(sweep(deployment).running) == [0, 1]
    deployment.reconcile()
    assert list(sweep(deployment).running) == [1, 2]


def test_the_reconciler_stops_a_sweep_after_its_time() -> None:
    deployment = started(max_duration_seconds=60)
    deployment.reconcile()
    deployment.reconcile(timedelta(seconds=61))
    assert [child(deployment, number).status for number in (0, 1)] == ["CancelRequested"] * 2
    for _ in range(2):
        deployment.reconcile()
    assert [child(deployment, number).status for number in (0, 1)] == ["Canceled"] * 2
    react(deployment.backend, run_stream(ID), CAUSE)
    ended = runs.find(deployment.backend, ID)
    assert (ended.status, ended.reason and ended.reason.code) == ("Canceled", "TimeLimit")


def test_a_child_that_came_in_the_moment_of_its_parents_end() -> None:
    """Neither the parent's reaction nor the sweep knows of it; the reconciler does."""
    deployment = started()
    wanted = SubmitRunRequest(experiment="tests", parent=ID)
    late = runs.submit(deployment.backend, wanted, CAUSE, None)[0].run_id
    transact(deployment.backend, RUN, run_stream(ID), RequestCancel("caller"), CAUSE)
    react(deployment.backend, run_stream(ID), CAUSE)
    assert runs.find(deployment.backend, late).status == "Running"
    deployment.reconcile()
    assert runs.find(deployment.backend, late).status == "Canceled"
    with pytest.raises(Rejected, match="gets no more children"):
        runs.submit(deployment.backend, wanted, CAUSE, None)


def test_children_of_a_parent_that_completed_go_on() -> None:
    deployment = Deployment().submitted()
    parent = runs.submit(deployment.backend, SubmitRunRequest(experiment="tests"), CAUSE, None)[0].run_id
    inner = runs.submit(deployment.backend, SubmitRunRequest(experiment="tests", parent=parent), CAUSE, None)[0].run_id
    transact(deployment.backend, RUN, run_stream(parent), RecordReport(1, SUCCESS), CAUSE)
    react(deployment.backend, run_stream(parent), CAUSE)
    deployment.reconcile()
    assert runs.find(deployment.backend, parent).status == "Completed"
    assert runs.find(deployment.backend, inner).status == "Running"
    assert children.is_below(deployment.backend, inner, parent)
    assert not children.is_below(deployment.backend, parent, inner)


def chunk(deployment: Deployment, number: int, seq: int, *values: float) -> None:
    run_id = trial_id(ID, number)
    add_chunk(deployment.backend, run_id, 1, Chunk(seq=seq, series=[Series(name="loss", values=[*values])]))
    sweep_reports.heard(deployment.backend, run_id)


def watched() -> Deployment:
    deployment = started(policy={"kind": "bandit", "slack_amount": 0.5})
    react(deployment.backend, sweep_stream(ID), CAUSE)
    for number in (0, 1):
        for command in (OpenAttempt(1), RecordScriptStarted(1)):
            transact(deployment.backend, RUN, run_stream(trial_id(ID, number)), command, CAUSE)
    project(deployment.backend, deployment.commits)
    deployment.reactions.sent.clear()
    return deployment


def test_many_chunks_are_one_look() -> None:
    deployment = watched()
    for seq in range(10):
        chunk(deployment, 0, seq, 1.0)
    assert [stream for stream, _ in deployment.reactions.sent] == [sweep_stream(ID)]
    deployment.now += timedelta(seconds=2)
    chunk(deployment, 1, 0, 9.0, 1.8)
    assert [stream for stream, _ in deployment.reactions.sent] == [sweep_stream(ID)] * 2
    react(deployment.backend, sweep_stream(ID), CAUSE)
    assert [trial.stopped is not None for trial in sweep(deployment).trials.values()] == [False, True]
    assert child(deployment, 1).cancel


def test_reports_keep_their_numbers_when_chunks_come_out_of_order() -> None:
    deployment = watched()
    for seq in (0, 2, 1, 4, 3):
        chunk(deployment, 0, seq, seq, seq + 0.5)
        sweep_reports.note_running(deployment.backend, sweep(deployment), [0])
    (reports,) = sweep_reports.every(deployment.backend, ID)
    assert reports.values == tuple(number / 2 for number in range(10))


def test_what_is_no_trial_is_not_watched() -> None:
    deployment = started()
    react(deployment.backend, sweep_stream(ID), CAUSE)
    deployment.reactions.sent.clear()
    for run_id in (trial_id(ID, 0), "r1", "other_7"):
        sweep_reports.heard(deployment.backend, run_id)
    assert deployment.reactions.sent == []
