"""Steps of file datasets: what they ask for, and that they leave here what they leave in the backend."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runspoor.sdk.dataset import Dataset
from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.file_dataset import FileDataset
from runspoor.sdk.file_steps import remaining

from shared.contract.datasets import DatasetRequest
from shared.domain import dataset_steps
from shared.domain.dataset import Step

COUNTED = st.builds(lambda kind, count: {"kind": kind, "count": count}, st.sampled_from(["take", "skip"]),
                    st.integers(0, 12))
SAMPLES = st.builds(lambda share, seed, complement: {"kind": "sample", "share": share, "seed": seed,
                                                     "complement": complement},
                    st.floats(0, 1), st.one_of(st.none(), st.integers(-5, 5)), st.booleans())


@given(st.lists(st.text(min_size=1), max_size=30), st.lists(st.one_of(COUNTED, SAMPLES), max_size=4))
def test_the_backend_leaves_the_same(paths: list[str], steps: list[dict[str, object]]) -> None:
    there = dataset_steps.remaining(iter(paths), [Step.model_validate(step) for step in steps], str)
    assert remaining(paths, steps, str) == list(there)


def names(count: int) -> FileDataset:
    return Dataset.File.from_files([f"https://a.example/{number:03}" for number in range(count)])


def test_take_and_skip_in_their_order() -> None:
    assert names(5).skip(1).take(2).to_path() == ["/001", "/002"]
    assert names(5).take(9).to_path() == names(5).to_path()
    assert names(2).skip(2).to_path() == []
    assert names(3).take(1)._definition["sources"] == names(3)._definition["sources"]


@given(st.integers(0, 100), st.floats(0, 1))
def test_the_parts_of_a_split_are_the_whole(seed: int, share: float) -> None:
    whole = names(40)
    one, other = whole.random_split(share, seed)
    assert sorted(one.to_path() + other.to_path()) == whole.to_path()
    assert one.to_path() == whole.take_sample(share, seed).to_path()


def test_a_split_without_a_seed_is_one_split() -> None:
    one, other = names(100).random_split(0.5)
    assert sorted(one.to_path() + other.to_path()) == names(100).to_path()
    assert 20 < len(one.to_path()) < 80
    assert one.to_path() == one.to_path()


def test_the_backend_takes_them() -> None:
    for made in (names(3).take(1).skip(1), *names(3).random_split(0.3)):
        assert DatasetRequest.model_validate(made._definition).steps
    unchecked = Dataset.File.from_files("https://a.example/b", validate=False)
    assert not DatasetRequest.model_validate(unchecked._definition).validates


@pytest.mark.parametrize("wrong", [lambda d: d.take(-1), lambda d: d.skip("2"), lambda d: d.take_sample(1.5),
                                   lambda d: d.random_split(True), lambda d: d.take(1.0)])
def test_what_is_no_step(wrong: object) -> None:
    with pytest.raises(UserErrorException):
        wrong(names(1))  # type: ignore[operator]  # a lambda of the table
