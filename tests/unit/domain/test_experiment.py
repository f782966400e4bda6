"""An experiment is created once, and archived and reactivated at will."""

import pytest

from shared.domain.errors import NotFound
from shared.domain.experiment import (
    ArchiveExperiment,
    CreateExperiment,
    ExperimentArchived,
    ExperimentCommand,
    ExperimentCreated,
    ExperimentReactivated,
    ReactivateExperiment,
)
from tests.contract.examples import AT
from tests.unit.domain.scenario import experiment

CREATE = CreateExperiment("Ziffern", {"team": "vision"})


def test_it_is_created_once() -> None:
    created = experiment(CREATE).then(ExperimentCreated(description="Ziffern", tags={"team": "vision"}))
    created.when(CreateExperiment("other")).then()
    assert (created.state.created_at, created.state.description, created.state.tags) == (
        AT, "Ziffern", {"team": "vision"})


def test_it_is_archived_and_reactivated() -> None:
    archived = experiment(CREATE, ArchiveExperiment()).then(ExperimentArchived())
    assert archived.state.archived
    active = archived.when(ReactivateExperiment()).then(ExperimentReactivated())
    assert not active.state.archived
    active.when(ReactivateExperiment()).then()
    archived.when(ArchiveExperiment()).then()


@pytest.mark.parametrize("command", [ArchiveExperiment(), ReactivateExperiment()])
def test_one_nobody_created_is_not_found(command: ExperimentCommand) -> None:
    experiment().refuses(command, NotFound, "There is no experiment 'digits'")
