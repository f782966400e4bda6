"""A model's versions: numbered for ever, made once per request, and what is said of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import limits
from shared.domain.errors import Invalid, NotFound, Rejected
from shared.domain.model import (
    MODEL,
    ChangeModel,
    DeleteModel,
    Description,
    Model,
    ModelChanged,
    ModelCommand,
    ModelDataset,
    ModelDeleted,
    ModelRegistered,
    RegisterModel,
    Resources,
)
from tests.contract.examples import AT, TRAINING
from tests.unit.domain.requests import MODEL_COMMANDS, OF_RUN, UPLOADED
from tests.unit.domain.scenario import model
from tests.unit.domain.test_deciders import obey

SAID = Description(description="Ziffern", tags={"stage": "test"}, properties={"commit": "abc"})
FIRST, SECOND = RegisterModel("one", UPLOADED, SAID), RegisterModel("two", OF_RUN)


def test_versions_count_from_one() -> None:
    both = model(FIRST).then(ModelRegistered(number=1, registration="one", files=UPLOADED, said=SAID)).when(SECOND)
    both.then(ModelRegistered(number=2, registration="two", files=OF_RUN, said=Description()))
    assert (both.state.newest, both.state.find(None).registered.number, both.state.find(1).said) == (2, 2, SAID)


def test_a_request_makes_one_version() -> None:
    model(FIRST, SECOND, FIRST).then()
    model(FIRST).refuses(RegisterModel("one", UPLOADED), Rejected, "Idempotency-Key made version 1 .* other contents")
    model(FIRST).refuses(RegisterModel("one", OF_RUN, SAID), Rejected, "other contents")


def test_a_running_run_may_have_more_files_when_the_request_comes_again() -> None:
    more = OF_RUN.model_copy(update={"manifest": "c" * 64, "count": 2, "bytes": 20})
    model(SECOND, RegisterModel("two", more)).then()


def test_a_request_sent_again_is_the_same_whatever_has_been_said_since() -> None:
    model(FIRST, ChangeModel(1, tags={"stage": "prod"}), FIRST).then()


def test_a_number_is_never_given_twice() -> None:
    gone = model(FIRST, SECOND, DeleteModel(2)).then(ModelDeleted(number=2))
    assert gone.state.newest == 1
    assert gone.when(RegisterModel("three", UPLOADED)).state.newest == 3
    gone.when(DeleteModel(2)).then()
    gone.refuses(SECOND, Rejected, "made version 2 .* deleted since")
    empty = gone.when(DeleteModel(1))
    assert empty.state.newest is None
    assert empty.when(RegisterModel("four", UPLOADED)).state.newest == 3


@pytest.mark.parametrize(("commands", "asked", "words"), [
    ((), DeleteModel(1), "There is no model 'digits': register it"),
    ((), ChangeModel(1, "x"), "There is no model 'digits'"),
    ((FIRST, DeleteModel(1)), ChangeModel(1, "x"), "There is no model 'digits'"),
    ((FIRST,), DeleteModel(2), "Version 2 of model 'digits' does not exist; the newest is 1"),
    ((FIRST, SECOND, DeleteModel(1)), ChangeModel(1, "x"), "Version 1 of model 'digits' was deleted; the newest is 2"),
])
def test_what_is_not_there_is_not_found(commands: tuple[ModelCommand, ...], asked: ModelCommand, words: str) -> None:
    model(*commands).refuses(asked, NotFound, words)


def test_what_is_said_changes() -> None:
    change = ChangeModel(1, "digits", {"stage": "prod", "by": "me"}, ("stage", "none"), {"commit": "abc", "n": "1"},
                         Resources(gpu=1), (TRAINING, TRAINING))
    changed = model(FIRST, change).then(ModelChanged(
        number=1, description="digits", tags={"stage": "prod", "by": "me"}, properties={"n": "1"},
        resources=Resources(gpu=1), datasets=(TRAINING,)))
    said = changed.state.find(1).said
    assert (said.description, said.tags, said.properties, said.datasets) == (
        "digits", {"stage": "prod", "by": "me"}, {"commit": "abc", "n": "1"}, (TRAINING,))
    changed.when(change).then()
    assert changed.when(ChangeModel(1, removed_tags=("stage",))).state.find(1).said.tags == {"by": "me"}
    assert changed.when(ChangeModel(1, "")).state.find(1).said.description == ""


def test_the_rules_of_labels() -> None:
    model(FIRST).refuses(ChangeModel(1, properties={"commit": "x"}), Rejected, "properties never change; use a tag")
    model(FIRST).refuses(ChangeModel(1, tags={"": "x"}), Invalid, "too long or has no name")
    full = {f"n{number}": "x" for number in range(limits.TAGS)}
    model().refuses(RegisterModel("k", UPLOADED, Description(tags={**full, "one": "more"})), Invalid, "at most 50")
    model(FIRST).refuses(ChangeModel(1, tags=full), Invalid, "at most 50")
    model(FIRST, ChangeModel(1, tags=full, removed_tags=("stage",)))


def test_datasets_do_not_add_up_without_end() -> None:
    many = tuple(ModelDataset(scenario=str(number), dataset_id="d") for number in range(limits.MODEL_DATASETS))
    full = model(FIRST, ChangeModel(1, datasets=many))
    full.refuses(ChangeModel(1, datasets=(TRAINING,)), Invalid, "may have 100")
    full.when(ChangeModel(1, datasets=many[:3])).then()


@given(st.lists(MODEL_COMMANDS, max_size=25))
def test_whatever_happens_numbers_are_consecutive_and_requests_have_one_each(commands: list[ModelCommand]) -> None:
    state, history = obey(MODEL, commands)
    assert isinstance(state, Model)
    made = [event for event in history if isinstance(event, ModelRegistered)]
    assert [event.number for event in made] == list(range(1, len(made) + 1))
    assert len({event.registration for event in made}) == len(made)
    assert [each.registered for each in state.versions.values()] == made
    assert all(each.created_at == AT for each in state.versions.values())
