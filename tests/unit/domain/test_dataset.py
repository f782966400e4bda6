"""A definition is saved once; a name's versions are numbered without gaps."""

import pytest

from shared.domain.dataset import (
    DATASET,
    SAVED_DATASET,
    Dataset,
    DatasetCommand,
    DatasetDescribed,
    DatasetEvent,
    DatasetRegistered,
    DatasetSaved,
    DescribeDataset,
    RegisterDataset,
    SaveDataset,
)
from shared.domain.errors import NotFound, Rejected
from shared.domain.ids import DATASET_ID, dataset_id_for
from tests.contract.examples import AT
from tests.unit.domain.requests import STORED, WEB
from tests.unit.domain.scenario import Scenario

FIRST = RegisterDataset("1", WEB, "Ziffern", {"team": "vision"})
SECOND = RegisterDataset("2", STORED, create_new_version=True)


def dataset() -> Scenario[Dataset, DatasetCommand, DatasetEvent]:
    return Scenario(DATASET, "digits")


def test_versions_are_numbered() -> None:
    made = dataset().when(FIRST).then(
        DatasetRegistered(number=1, id="1", definition=WEB, description="Ziffern", tags={"team": "vision"}))
    made = made.when(SECOND).then(DatasetRegistered(number=2, id="2", definition=STORED))
    assert [(each.number, each.id) for each in made.state.versions] == [(1, "1"), (2, "2")]
    assert made.state.numbered() == made.state.numbered(2)
    assert made.state.numbered(1).created_at == AT
    assert made.state.saved_as("1") == made.state.numbered(1)
    assert made.state.saved_as("3") is None


def test_the_newest_content_again_is_the_newest_version() -> None:
    made = dataset().when(FIRST, SECOND)
    made.when(SECOND).then()
    made.when(RegisterDataset("2", STORED)).then()
    again = made.when(RegisterDataset("1", WEB, create_new_version=True)).then(
        DatasetRegistered(number=3, id="1", definition=WEB))
    assert again.state.saved_as("1") == again.state.numbered(3)


def test_other_content_needs_a_wish_for_a_new_version() -> None:
    dataset().when(FIRST).refuses(RegisterDataset("2", STORED), Rejected, "other content: register with 'create_new")
    dataset().when(FIRST).refuses(RegisterDataset("1", WEB), Rejected, "with other tags or another description")


def test_a_version_is_described() -> None:
    made = dataset().when(FIRST, SECOND, DescribeDataset(1, tags={})).then(
        DatasetDescribed(number=1, description="Ziffern", tags={}))
    made.when(DescribeDataset(1, "Ziffern")).then()
    described = made.when(DescribeDataset(2, "digits"))
    assert [each.description for each in described.state.versions] == ["Ziffern", "digits"]


@pytest.mark.parametrize(("number", "said"), [(2, "has no version 2"), (0, "has no version 0")])
def test_versions_that_are_not(number: int, said: str) -> None:
    dataset().when(FIRST).refuses(DescribeDataset(number), NotFound, said)
    dataset().refuses(DescribeDataset(number), NotFound, "There is no dataset 'digits'")


def test_a_saved_dataset_never_changes() -> None:
    saved = Scenario(SAVED_DATASET, "1").when(SaveDataset(WEB, "digits")).then(
        DatasetSaved(definition=WEB, name="digits"))
    saved.when(SaveDataset(WEB, "digits")).then()
    saved.refuses(SaveDataset(STORED, "digits"), Rejected, "another definition")


def test_an_id_has_the_form_of_a_uuid() -> None:
    assert DATASET_ID.fullmatch(dataset_id_for("a"))
    assert dataset_id_for("a") == dataset_id_for("a") != dataset_id_for("b")
