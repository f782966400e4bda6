"""``given(...).when(...).then(...)`` for deciders: what had happened, what is asked, what happens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import pytest

from shared.domain.compute import COMPUTE, ComputeCommand, ComputeEvent, ComputeTarget
from shared.domain.decider import Decider
from shared.domain.errors import Refusal
from shared.domain.experiment import EXPERIMENT, Experiment, ExperimentCommand, ExperimentEvent
from shared.domain.model import MODEL, Model, ModelCommand, ModelEvent
from shared.domain.run import RUN
from shared.domain.run_commands import RunCommand
from shared.domain.run_events import RunEvent
from shared.domain.run_state import Run
from tests.contract.examples import AT

State = TypeVar("State")
Command = TypeVar("Command")
Event = TypeVar("Event")


@dataclass(frozen=True)
class Scenario(Generic[State, Command, Event]):
    """A history, one second between commits. ``when`` refuses nothing quietly: a refusal is raised."""

    decider: Decider[State, Command, Event]
    subject: str
    history: tuple[tuple[Event, datetime], ...] = ()
    latest: tuple[Event, ...] = ()

    @property
    def state(self) -> State:
        return self.decider.fold(self.subject, self.history)

    @property
    def events(self) -> list[Event]:
        return [event for event, _ in self.history]

    def when(self, *commands: Command) -> "Scenario[State, Command, Event]":
        """Send commands one after the other."""
        scenario = self
        for command in commands:
            happened = tuple(self.decider.decide(scenario.state, command))
            at = AT + timedelta(seconds=len(scenario.history))
            history = (*scenario.history, *((event, at) for event in happened))
            scenario = Scenario(self.decider, self.subject, history, happened)
        return scenario

    def then(self, *events: Event) -> "Scenario[State, Command, Event]":
        """The last command made exactly these events."""
        assert list(self.latest) == list(events)
        return self

    def refuses(self, command: Command, why: type[Refusal], words: str) -> None:
        with pytest.raises(why, match=words):
            self.when(command)


def run(*commands: RunCommand) -> Scenario[Run, RunCommand, RunEvent]:
    """A run of whom all this has been asked."""
    return Scenario(RUN, "digits_1").when(*commands)


def experiment(*commands: ExperimentCommand) -> Scenario[Experiment, ExperimentCommand, ExperimentEvent]:
    return Scenario(EXPERIMENT, "digits").when(*commands)


def compute(*commands: ComputeCommand) -> Scenario[ComputeTarget, ComputeCommand, ComputeEvent]:
    return Scenario(COMPUTE, "cpu").when(*commands)


def model(*commands: ModelCommand) -> Scenario[Model, ModelCommand, ModelEvent]:
    return Scenario(MODEL, "digits").when(*commands)


def happened(scenario: Scenario[State, Command, Event], kind: type[object]) -> Sequence[Event]:
    """The events of one kind in a history."""
    return [event for event in scenario.events if isinstance(event, kind)]
