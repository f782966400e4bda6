"""An experiment: a name under which runs are kept. Archiving hides it from lists; nothing is deleted."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from shared.domain.decider import Decider
from shared.domain.errors import NotFound
from shared.domain.value import Value


class ExperimentCreated(Value):
    """A caller created it, or the first attempt of a run in it was opened."""

    description: str | None = None
    tags: Mapping[str, str] = {}


class ExperimentArchived(Value):
    """It is left out of lists."""


class ExperimentReactivated(Value):
    """It is in lists again."""


ExperimentEvent = ExperimentCreated | ExperimentArchived | ExperimentReactivated


@dataclass(frozen=True)
class CreateExperiment:
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ArchiveExperiment:
    pass


@dataclass(frozen=True)
class ReactivateExperiment:
    pass


ExperimentCommand = CreateExperiment | ArchiveExperiment | ReactivateExperiment


@dataclass(frozen=True)
class Experiment:
    """An experiment as it is now. ``Experiment(name)`` is one nobody has created."""

    name: str
    version: int = 0
    created_at: datetime | None = None
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    archived: bool = False


def decide(experiment: Experiment, command: ExperimentCommand) -> list[ExperimentEvent]:
    """The events ``command`` makes; ``[]`` when it is already so."""
    if isinstance(command, CreateExperiment):
        created = ExperimentCreated(description=command.description, tags=command.tags)
        return [] if experiment.created_at else [created]
    if experiment.created_at is None:
        raise unknown(experiment.name)
    match command:
        case ArchiveExperiment():
            return [] if experiment.archived else [ExperimentArchived()]
        case ReactivateExperiment():
            return [ExperimentReactivated()] if experiment.archived else []
        case _:
            assert_never(command)


def evolve(experiment: Experiment, event: ExperimentEvent, at: datetime) -> Experiment:
    """Apply one event."""
    experiment = replace(experiment, version=experiment.version + 1)
    match event:
        case ExperimentCreated():
            return replace(experiment, created_at=at, description=event.description, tags=event.tags)
        case ExperimentArchived():
            return replace(experiment, archived=True)
        case ExperimentReactivated():
            return replace(experiment, archived=False)
        case _:
            assert_never(event)


EXPERIMENT = Decider(Experiment, decide, evolve)


def unknown(name: str) -> NotFound:
    """The refusal of a request about an experiment that nobody has created."""
    return NotFound(f"There is no experiment {name!r}: create it, or submit a run to it.")
