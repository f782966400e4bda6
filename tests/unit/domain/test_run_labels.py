"""Tags change, properties never do, and neither passes its limits."""

import pytest

from shared.domain import limits
from shared.domain.errors import Invalid, Rejected
from shared.domain.run_commands import SetProperties, SubmitRun, TagRun
from shared.domain.run_events import PropertiesSet, RunTagged
from tests.unit.domain.requests import DEFINITION, SUBMIT, TO_END
from tests.unit.domain.scenario import run


def values(*commands: TagRun) -> dict[str, str]:
    return {name: tag.value for name, tag in run(SUBMIT, *commands).state.tags.items()}


def test_only_what_changes_is_written() -> None:
    tagged = run(SubmitRun(DEFINITION, tags={"a": "1", "b": "1"}), TagRun({"a": "1", "b": "2"}))
    tagged.then(RunTagged(tags={"b": "2"}))


def test_a_run_that_has_ended_can_be_tagged() -> None:
    run(*TO_END, TagRun({"good": "yes"})).then(RunTagged(tags={"good": "yes"}))


def test_chunks_that_arrive_late_do_not_undo_later_ones() -> None:
    assert values(TagRun({"stage": "new"}, (1, 5)), TagRun({"stage": "old"}, (1, 4))) == {"stage": "new"}
    assert values(TagRun({"stage": "old"}, (1, 9)), TagRun({"stage": "new"}, (2, 0))) == {"stage": "new"}


def test_a_chunk_delivered_again_does_not_undo_what_a_caller_set_since() -> None:
    chunk, caller = TagRun({"stage": "script"}, (1, 5)), TagRun({"stage": "caller"})
    assert values(chunk, caller) == {"stage": "caller"}
    assert values(chunk, caller, chunk) == {"stage": "caller"}
    assert values(chunk, caller, chunk, TagRun({"stage": "later"}, (1, 6))) == {"stage": "later"}


def test_properties_are_set_once() -> None:
    has = run(SUBMIT, SetProperties({"commit": "abc"})).then(PropertiesSet(properties={"commit": "abc"}))
    has.when(SetProperties({"commit": "abc"})).then()
    has.when(SetProperties({"commit": "abc", "by": "me"})).then(PropertiesSet(properties={"by": "me"}))
    has.refuses(SetProperties({"commit": "xyz"}), Rejected, "properties never change")


@pytest.mark.parametrize("command", [TagRun, SetProperties])
def test_limits_count_what_is_there_already(command: type[TagRun] | type[SetProperties]) -> None:
    full = run(SUBMIT, command({f"n{number}": "x" for number in range(limits.TAGS)}))
    full.refuses(command({"one more": "x"}), Invalid, "at most 50")
    full.when(command({"n0": "x"})).then()


@pytest.mark.parametrize("pairs", [{"": "x"}, {"n" * 101: "x"}, {"n": "x" * 1_001}])
@pytest.mark.parametrize("command", [TagRun, SetProperties])
def test_names_and_values_have_lengths(
    command: type[TagRun] | type[SetProperties], pairs: dict[str, str]
) -> None:
    run(SUBMIT).refuses(command(pairs), Invalid, "too long or has no name")


def test_the_longest_names_and_values_are_accepted() -> None:
    pairs = {"n" * limits.TAG_NAME_CHARACTERS: "x" * limits.TAG_VALUE_CHARACTERS}
    run(SUBMIT, TagRun(pairs)).then(RunTagged(tags=pairs))
