"""A run under any storm of commands: duplicated, late, reordered, stale."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from shared.domain.definition import Outputs
from shared.domain.errors import Refusal
from shared.domain.next_step import (
    DeliverCancel,
    FinalizeRun,
    LookAgain,
    Nothing,
    OpenNextAttempt,
    ReleaseCompute,
    Step,
    StoreOutputs,
    SubmitTask,
    TerminateTask,
    left_behind,
    next_step,
)
from shared.domain.run import RUN, decide
from shared.domain.run_commands import (
    EndRun,
    GiveUp,
    OpenAttempt,
    RecordCancelDelivered,
    RecordLost,
    RecordQueued,
    RecordReport,
    RecordScriptStarted,
    RecordStarted,
    RecordStored,
    RunCommand,
)
from shared.domain.run_events import (
    AttemptOpened,
    LateReportIgnored,
    OutputStored,
    PropertiesSet,
    RunDescribed,
    RunEnded,
    RunEvent,
    RunTagged,
    TagRemoved,
)
from shared.domain.run_state import ADVANCES, ENDED, Phase, Run, evolve
from tests.contract.examples import AT
from tests.unit.domain.requests import (
    GONE,
    RUN_COMMANDS,
    SILENT,
    SUBMIT,
    SUBMIT_INTERACTIVE,
    SUBMIT_LOCAL,
    SUBMIT_WRITING,
)

AFTER_THE_END = (RunTagged, TagRemoved, PropertiesSet, RunDescribed, LateReportIgnored, OutputStored)
OF_AN_ATTEMPT = (RecordQueued, RecordStarted, RecordScriptStarted, RecordLost, RecordReport, GiveUp,
                 RecordCancelDelivered)


def commands_of(run: Run, step: Step) -> list[RunCommand]:
    """What carrying out a step may record."""
    match step:
        case OpenNextAttempt():
            return [OpenAttempt(step.attempt)]
        case SubmitTask():
            return [RecordQueued(step.attempt, "task"), GiveUp(step.attempt, SILENT)]
        case DeliverCancel():
            return [RecordCancelDelivered(step.attempt)]
        case TerminateTask():
            return [GiveUp(step.attempt, SILENT)]
        case FinalizeRun():
            return [EndRun(Outputs()), EndRun(Outputs(), GONE)]
        case StoreOutputs():
            return [RecordStored(OutputStored(attempt=step.attempt, name=name)) for name in left_behind(run)]
        case LookAgain() | ReleaseCompute() | Nothing():
            return []


class RunMachine(RuleBasedStateMachine):
    wanted = SUBMIT

    def __init__(self) -> None:
        super().__init__()
        self.run = Run("digits_1")
        self.history: list[RunEvent] = []

    def send(self, command: RunCommand) -> list[RunEvent]:
        before = self.run
        try:
            events = decide(before, command)
        except Refusal:
            return []
        for event in events:
            self._check_advance(event)
            self.run = evolve(self.run, event, AT)
        self.history += events
        self._check(before, command, events)
        return events

    def _check_advance(self, event: RunEvent) -> None:
        if type(event) in ADVANCES:
            allowed, leads_to = ADVANCES[type(event)]
            assert self.run.phase in allowed
            assert evolve(self.run, event, AT).phase is leads_to
        elif not isinstance(event, RunEnded):
            assert evolve(self.run, event, AT).phase is self.run.phase

    def _check(self, before: Run, command: RunCommand, events: list[RunEvent]) -> None:
        if before.ended:
            assert all(isinstance(event, AFTER_THE_END) for event in events)
            for name in ("phase", "reason", "ended_at", "outputs", "attempt"):
                assert getattr(self.run, name) == getattr(before, name)
        if isinstance(command, OF_AN_ATTEMPT) and command.attempt != before.attempt:
            assert all(isinstance(event, LateReportIgnored) for event in events)
            assert self.run.phase is before.phase

    @rule()
    def submit(self) -> None:
        self.send(self.wanted)

    @rule(command=RUN_COMMANDS)
    def ask(self, command: RunCommand) -> None:
        self.send(command)
        assert self.send(command) == [], "asked again"

    @rule(command=RUN_COMMANDS)
    def ask_about_the_current_attempt(self, command: RunCommand) -> None:
        if isinstance(command, OF_AN_ATTEMPT):
            self.send(type(command)(**{**vars(command), "attempt": self.run.attempt}))

    @rule()
    def react(self) -> None:
        for command in commands_of(self.run, next_step(self.run, AT)):
            assert self.send(command), "a step makes progress"
            return

    @invariant()
    def every_step_is_possible(self) -> None:
        for now in (AT, AT + timedelta(days=1)):
            for command in commands_of(self.run, next_step(self.run, now)):
                assert decide(self.run, command)

    @invariant()
    def a_run_ends_at_most_once(self) -> None:
        ends = [event for event in self.history if isinstance(event, RunEnded)]
        assert len(ends) <= 1
        assert bool(ends) == (self.run.phase in ENDED)

    @invariant()
    def attempts_are_counted_and_limited(self) -> None:
        attempts = [event.attempt for event in self.history if isinstance(event, AttemptOpened)]
        assert all(later == earlier + 1 for earlier, later in pairwise([0, *attempts]))
        if self.run.definition:
            assert self.run.attempt <= self.run.definition.max_attempts

    @invariant()
    def only_a_run_on_nodes_costs(self) -> None:
        assert self.run.node_seconds >= 0
        is_on_batch = self.run.definition is not None and not self.run.definition.is_local
        has_nodes = self.run.phase in (Phase.STARTING, Phase.RUNNING)
        assert (self.run.on_nodes_since is not None) == (is_on_batch and has_nodes)

    @invariant()
    def history_gives_the_state(self) -> None:
        assert RUN.fold("digits_1", [(event, AT) for event in self.history]) == self.run


    @invariant()
    def batch_is_never_asked_about_a_local_run(self) -> None:
        step = next_step(self.run, AT + timedelta(days=1))
        if self.run.definition and self.run.definition.is_local:
            assert not isinstance(step, (OpenNextAttempt, SubmitTask))


    @invariant()
    def an_output_is_stored_once_and_of_the_last_attempt(self) -> None:
        stored = [event for event in self.history if isinstance(event, OutputStored)]
        assert len({event.name for event in stored}) == len(stored)
        assert all(event.attempt == self.run.attempt for event in stored)


class WritingRunMachine(RunMachine):
    wanted = SUBMIT_WRITING


class LocalRunMachine(RunMachine):
    wanted = SUBMIT_LOCAL


class InteractiveRunMachine(RunMachine):
    wanted = SUBMIT_INTERACTIVE


TestRunMachine = RunMachine.TestCase
TestWritingRunMachine = WritingRunMachine.TestCase
TestLocalRunMachine = LocalRunMachine.TestCase
TestInteractiveRunMachine = InteractiveRunMachine.TestCase
SETTINGS = settings(max_examples=50, stateful_step_count=25, deadline=None)
TestRunMachine.settings = TestWritingRunMachine.settings = SETTINGS
TestLocalRunMachine.settings = TestInteractiveRunMachine.settings = SETTINGS
