"""What holds for every decider, whatever it is asked and in whatever order."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain import compute, dataset, datastore, environment, experiment, model, sweep, workspace
from shared.domain import run as run_life
from shared.domain.decider import Decider
from shared.domain.errors import Refusal
from tests.contract.examples import AT
from tests.unit.domain import requests

DECIDERS = {
    "run": (run_life.RUN, requests.RUN_COMMANDS),
    "sweep": (sweep.SWEEP, requests.SWEEP_COMMANDS),
    "experiment": (experiment.EXPERIMENT, requests.EXPERIMENT_COMMANDS),
    "compute": (compute.COMPUTE, requests.COMPUTE_COMMANDS),
    "saved dataset": (dataset.SAVED_DATASET, requests.SAVED_DATASET_COMMANDS),
    "model": (model.MODEL, requests.MODEL_COMMANDS),
    "environment": (environment.ENVIRONMENT, requests.ENVIRONMENT_COMMANDS),
    "datastore": (datastore.DATASTORE, requests.DATASTORE_COMMANDS),
    "workspace": (workspace.WORKSPACE, requests.WORKSPACE_COMMANDS),
    "dataset": (dataset.DATASET, requests.DATASET_COMMANDS),
}
every_decider = pytest.mark.parametrize(("decider", "commands"), DECIDERS.values(), ids=DECIDERS)
AnyDecider = Decider[object, object, object]
State = TypeVar("State")
Command = TypeVar("Command")
Event = TypeVar("Event")


def obey(decider: Decider[State, Command, Event], commands: Sequence[Command]) -> tuple[State, list[Event]]:
    """The state and the events after ``commands``, leaving out the refused ones."""
    state, history = decider.initial("subject"), list[Event]()
    for command in commands:
        try:
            events = decider.decide(state, command)
        except Refusal:
            continue
        for event in events:
            state = decider.evolve(state, event, AT)
        history += events
    return state, history


@every_decider
@settings(max_examples=120)
@given(data=st.data())
def test_an_accepted_command_sent_again_changes_nothing(
    decider: AnyDecider, commands: st.SearchStrategy[object], data: st.DataObject
) -> None:
    asked = data.draw(st.lists(commands, max_size=15))
    command = data.draw(commands)
    state, _ = obey(decider, asked)
    try:
        events = decider.decide(state, command)
    except Refusal:
        return
    for event in events:
        state = decider.evolve(state, event, AT)
    assert decider.decide(state, command) == []


@every_decider
@settings(max_examples=60)
@given(data=st.data())
def test_the_history_alone_gives_the_same_state(
    decider: AnyDecider, commands: st.SearchStrategy[object], data: st.DataObject
) -> None:
    state, history = obey(decider, data.draw(st.lists(commands, max_size=25)))
    assert decider.fold("subject", [(event, AT) for event in history]) == state
    assert vars(state)["version"] == len(history)


@every_decider
@settings(max_examples=40)
@given(data=st.data())
def test_deciding_depends_on_nothing_but_state_and_command(
    decider: AnyDecider, commands: st.SearchStrategy[object], data: st.DataObject
) -> None:
    state, _ = obey(decider, data.draw(st.lists(commands, max_size=10)))
    command, before = data.draw(commands), repr(state)
    answers = []
    for _ in range(2):
        try:
            answers.append(repr(decider.decide(state, command)))
        except Refusal as refusal:
            answers.append(str(refusal))
    assert answers[0] == answers[1]
    assert repr(state) == before


@every_decider
@settings(max_examples=60)
@given(data=st.data())
def test_a_refusal_is_a_sentence(
    decider: AnyDecider, commands: st.SearchStrategy[object], data: st.DataObject
) -> None:
    state, _ = obey(decider, data.draw(st.lists(commands, max_size=10)))
    command = data.draw(commands)
    with suppress(Refusal):
        decider.decide(state, command)
        return
    with pytest.raises(Refusal, match=r"^.{20,}\.$"):
        decider.decide(state, command)
