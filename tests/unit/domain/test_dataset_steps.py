"""What steps leave of the files of a dataset."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.dataset import Step
from shared.domain.dataset_steps import remaining

PATHS = [f"f{number:04d}" for number in range(1000)]
STEPS = st.lists(st.one_of(
    st.builds(Step, kind=st.sampled_from(["take", "skip"]), count=st.integers(0, 50)),
    st.builds(Step, kind=st.just("sample"), share=st.floats(0, 1), seed=st.none() | st.integers(-9, 9),
              complement=st.booleans())), max_size=4)


def left(paths: list[str], *steps: Step) -> list[str]:
    return list(remaining(iter(paths), steps, str))


def sample(share: float, seed: int | None = None, complement: bool = False) -> Step:
    return Step(kind="sample", share=share, seed=seed, complement=complement)


def test_take_and_skip() -> None:
    assert left(PATHS, Step(kind="skip", count=3), Step(kind="take", count=2)) == PATHS[3:5]
    assert left(PATHS, Step(kind="take", count=0)) == []
    assert left(PATHS, Step(kind="skip", count=5000)) == []


@given(STEPS, st.floats(0, 1), st.integers(0, 9))
def test_a_sample_and_its_complement_are_all(steps: list[Step], share: float, seed: int) -> None:
    """Whatever came before, nothing is in both, and the order stays."""
    base = left(PATHS[:60], *steps)
    one = left(PATHS[:60], *steps, sample(share, seed))
    other = left(PATHS[:60], *steps, sample(share, seed, complement=True))
    assert not set(one) & set(other)
    assert sorted(one + other) == base
    assert one == sorted(one)


def test_a_sample_has_about_its_share_and_is_drawn_by_its_seed() -> None:
    assert left(PATHS, sample(0.0)) == []
    assert left(PATHS, sample(1.0)) == PATHS
    assert 230 < len(left(PATHS, sample(0.3))) < 370
    assert left(PATHS, sample(0.3, 7)) == left(PATHS, sample(0.3, 7)) != left(PATHS, sample(0.3, 8))
    assert 40 < len(left(PATHS, sample(0.3, 7), sample(0.3, 7))) < 140


def test_a_file_more_changes_no_other_draw() -> None:
    assert set(left(PATHS[1:], sample(0.5))) == set(left(PATHS, sample(0.5))) - {PATHS[0]}


def test_what_is_behind_the_last_taken_is_not_read() -> None:
    def files() -> Iterator[str]:
        yield from PATHS[:2]
        raise AssertionError

    assert list(remaining(files(), [Step(kind="take", count=2)], str)) == PATHS[:2]


def test_columns_are_of_tables() -> None:
    with pytest.raises(ValueError, match="no step of files"):
        left(PATHS, Step(kind="keep_columns", columns=("a",)))
