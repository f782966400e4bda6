"""Names, and what is made of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain import ids
from shared.domain.definition import PRIORITIES
from shared.domain.errors import Invalid

BATCH_ID = 64
VALID = {
    "run id": ["a", "digits_5f2c81a09b3e", "0-_", "a" * 56],
    "experiment name": ["digits", "Größe 数据", "a.b-c d_e", "x" * 255, "_x"],
    "compute target name": ["cpu", "Cpu-Cluster-1", "ab", "a" * 32],
    "datastore name": ["a", "My_Store_1", "_", "0" * 255],
    "model name": ["a", "Net-2.final_v1", "0", "a" * 255],
    "snapshot id": ["0" * 64, "abcdef0123456789" * 4],
}
INVALID = {
    "run id": ["", "A", "-a", "_a", "a" * 57, "a b", "a/b", "a\n", "ä", "a."],
    "experiment name": ["", " a", "-a", ".a", "x" * 256, "a/b", "a\\b", "a?b", "a#b", "a\n", "a\x00"],
    "compute target name": ["", "a", "1a", "-a", "a_b", "a" * 33, "a b", "cpu\n", "größe"],
    "datastore name": ["", "a-b", "a b", "a.b", "größe", "a" * 256, "a\n"],
    "model name": ["", "-a", ".a", "_a", "a b", "a/b", "a:1", "größe", "a" * 256, "a\n"],
    "snapshot id": ["", "0" * 63, "0" * 65, "A" * 64, "g" * 64, "0" * 64 + "\n"],
}


@pytest.mark.parametrize(("what", "name"), [(what, name) for what, names in VALID.items() for name in names])
def test_a_name_that_follows_the_rule_is_kept(what: str, name: str) -> None:
    assert ids.checked(what, name) == name


@pytest.mark.parametrize(("what", "name"), [(what, name) for what, names in INVALID.items() for name in names])
def test_a_name_that_does_not_is_refused_with_the_rule(what: str, name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        ids.checked(what, name)
    assert str(refusal.value).endswith(f"cannot be the {what}: use {ids.RULES[what][1]}.")


def test_a_refusal_does_not_repeat_a_book() -> None:
    with pytest.raises(Invalid) as refusal:
        ids.checked("run id", "X" * 1_000_000)
    assert len(str(refusal.value)) < 300


@settings(max_examples=80)
@given(st.text(max_size=300), st.text(max_size=50))
def test_every_experiment_and_key_make_a_run_id(experiment: str, key: str) -> None:
    run_id = ids.run_id_for(experiment, key)
    assert ids.checked("run id", run_id) == run_id
    assert ids.run_id_for(experiment, key) == run_id


def test_another_key_or_experiment_is_another_run() -> None:
    made = {ids.run_id_for(experiment, key) for experiment in ("a", "A", "a\0") for key in ("k", "K", "")}
    assert len(made) == 9


def test_run_ids_are_readable() -> None:
    assert ids.run_id_for("Digits & Letters!", "k").startswith("digits-letters_")
    assert ids.run_id_for("数据", "k").startswith("run_")


def test_the_longest_run_id_fits_into_a_task_id() -> None:
    assert len(ids.task_id("a" * 56, 99)) <= BATCH_ID


@pytest.mark.parametrize(("stream", "parts"), [
    (ids.run_stream("digits-1_5f"), ("run", "digits-1_5f")), (ids.experiment_stream("a-b c"), ("experiment", "a-b c")),
    (ids.compute_stream("Cpu-1"), ("compute", "cpu-1")),
])
def test_a_stream_says_what_it_is_of(stream: str, parts: tuple[str, str]) -> None:
    assert ids.split_stream(stream) == parts


def test_batch_compares_names_without_case_and_so_do_we() -> None:
    assert ids.compute_stream("CPU") == ids.compute_stream("cpu")
    assert (ids.pool_id("CPU"), ids.job_id("CPU")) == ("cpu", "j-cpu")
    assert [ids.job_id("CPU", priority) for priority in PRIORITIES] == ["j-cpu_low", "j-cpu", "j-cpu_high"]
    assert len(ids.job_id("c" * 32, "normal")) <= 64


@pytest.mark.parametrize("run_id", ["r1", "a-a1", "digits_5f2c81a09b3e"])
def test_a_task_id_says_which_attempt_it_is(run_id: str) -> None:
    assert ids.split_task_id(ids.task_id(run_id, 12)) == (run_id, 12)


@pytest.mark.parametrize("task", ["", "other", "-a1", "r-a", "r-ax", "r-a²"])
def test_a_task_of_somebody_else_is_none_of_ours(task: str) -> None:
    assert ids.split_task_id(task) == (None, None)
