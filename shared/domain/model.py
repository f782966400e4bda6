"""A model: files kept under a name, in versions counted from 1. What a version is made of never changes; its labels do.

Deleted versions are remembered: a number is never given twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from shared.domain import limits
from shared.domain.decider import Decider
from shared.domain.errors import Invalid, NotFound, Rejected
from shared.domain.labels import check_properties, check_tags, new_properties
from shared.domain.value import Value


class RunFiles(Value):
    """The files lie among those of an attempt of a run; ``folder`` is what stands before their paths, with its '/'."""

    run_id: str
    attempt: int
    experiment: str
    folder: str = ""


class Files(Value):
    """``manifest`` is the sha256 of the list of files; ``path`` is the file or folder that was registered."""

    manifest: str
    path: str
    count: int
    bytes: int
    run: RunFiles | None = None


class Resources(Value):
    """What the model is said to need when it is used."""

    cpu: float | None = None
    memory_in_gb: float | None = None
    gpu: int | None = None


class ModelDataset(Value):
    """A dataset the model has to do with, and what it was for: ``training``, ``validation``, ..."""

    scenario: str
    dataset_id: str


class Description(Value):
    """What is said of a version when it is registered."""

    description: str | None = None
    tags: Mapping[str, str] = {}
    properties: Mapping[str, str] = {}
    framework: str | None = None
    framework_version: str | None = None
    resources: Resources | None = None
    datasets: tuple[ModelDataset, ...] = ()


class ModelRegistered(Value):
    """Version ``number`` exists. ``registration`` names the request that made it, which may be sent twice."""

    number: int
    registration: str
    files: Files
    said: Description


class ModelChanged(Value):
    """What is said of a version has changed; what is none or empty here stays."""

    number: int
    description: str | None = None
    tags: Mapping[str, str] = {}
    removed_tags: tuple[str, ...] = ()
    properties: Mapping[str, str] = {}
    resources: Resources | None = None
    datasets: tuple[ModelDataset, ...] = ()


class ModelDeleted(Value):
    """Version ``number`` is gone."""

    number: int


ModelEvent = ModelRegistered | ModelChanged | ModelDeleted


@dataclass(frozen=True)
class RegisterModel:
    registration: str
    files: Files
    said: Description = field(default_factory=Description)


@dataclass(frozen=True)
class ChangeModel:
    """Tags of ``removed_tags`` go unless ``tags`` sets them."""

    number: int
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    removed_tags: tuple[str, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    resources: Resources | None = None
    datasets: tuple[ModelDataset, ...] = ()


@dataclass(frozen=True)
class DeleteModel:
    number: int


ModelCommand = RegisterModel | ChangeModel | DeleteModel


@dataclass(frozen=True)
class ModelVersion:
    """A version as it is now; ``registered`` is how it began."""

    registered: ModelRegistered
    created_at: datetime
    said: Description
    deleted: bool = False


@dataclass(frozen=True)
class Model:
    """A model as it is now. ``Model(name)`` is one nobody has registered. ``version`` counts events, as everywhere."""

    name: str
    version: int = 0
    versions: Mapping[int, ModelVersion] = field(default_factory=dict)

    @property
    def newest(self) -> int | None:
        """The highest number that is not deleted."""
        return max((number for number, version in self.versions.items() if not version.deleted), default=None)

    def made_by(self, registration: str) -> ModelVersion | None:
        """The version that a request has made."""
        return next((each for each in self.versions.values() if each.registered.registration == registration), None)

    def find(self, number: int | None) -> ModelVersion:
        """A version (none: the newest); ``NotFound`` when it never was or is deleted."""
        if self.newest is None:
            raise NotFound(f"There is no model {self.name!r}: register it first.")
        version = self.versions.get(self.newest if number is None else number)
        if version is None or version.deleted:
            was = "was deleted" if version else "does not exist"
            raise NotFound(f"Version {number} of model {self.name!r} {was}; the newest is {self.newest}.")
        return version


def decide(model: Model, command: ModelCommand) -> list[ModelEvent]:
    """The events ``command`` makes; ``[]`` when it is already so; a ``Refusal`` when it cannot be."""
    match command:
        case RegisterModel():
            return _register(model, command)
        case ChangeModel():
            return _change(model.find(command.number).said, command)
        case DeleteModel():
            known = model.versions.get(command.number)
            if known and known.deleted:
                return []
            model.find(command.number)
            return [ModelDeleted(number=command.number)]
        case _:
            assert_never(command)


def _register(model: Model, command: RegisterModel) -> list[ModelEvent]:
    known = model.made_by(command.registration)
    if known is None:
        check_tags(command.said.tags)
        check_properties(command.said.properties)
        number = max(model.versions, default=0) + 1
        return [ModelRegistered(number=number, registration=command.registration, files=command.files,
                                said=command.said)]
    number = known.registered.number
    if known.deleted:
        raise Rejected(f"This request made version {number} of model {model.name!r}, which has been deleted since: "
                       "send it with a new Idempotency-Key.")
    if _asked(known.registered.files, known.registered.said) != _asked(command.files, command.said):
        raise Rejected(f"The Idempotency-Key made version {number} of model {model.name!r} from other contents: "
                       "use a new one for another version.")
    return []


def _asked(files: Files, said: Description) -> tuple[object, ...]:
    """What a caller has asked for. A running run may have more files when a request comes for the second time."""
    return (said, files.run, files.path) if files.run else (said, files)


def _change(said: Description, command: ChangeModel) -> list[ModelEvent]:
    tags = {name: value for name, value in command.tags.items() if said.tags.get(name) != value}
    removed = tuple(name for name in dict.fromkeys(command.removed_tags)
                    if name in said.tags and name not in command.tags)
    changed = ModelChanged(
        number=command.number,
        description=command.description if command.description != said.description else None,
        tags=tags,
        removed_tags=removed,
        properties=new_properties(said.properties, command.properties),
        resources=command.resources if command.resources != said.resources else None,
        datasets=tuple(each for each in dict.fromkeys(command.datasets) if each not in said.datasets),
    )
    after = _changed(said, changed)
    check_tags(after.tags)
    if len(after.datasets) > limits.MODEL_DATASETS:
        raise Invalid(f"This would make {len(after.datasets)} datasets, and a version may have "
                      f"{limits.MODEL_DATASETS}: register another version.")
    return [] if changed == ModelChanged(number=command.number) else [changed]


def _changed(said: Description, event: ModelChanged) -> Description:
    kept = {name: value for name, value in said.tags.items() if name not in event.removed_tags}
    return said.model_copy(update={
        "description": said.description if event.description is None else event.description,
        "tags": {**kept, **event.tags},
        "properties": {**said.properties, **event.properties},
        "resources": event.resources or said.resources,
        "datasets": (*said.datasets, *event.datasets),
    })


def evolve(model: Model, event: ModelEvent, at: datetime) -> Model:
    """Apply one event."""
    match event:
        case ModelRegistered():
            version = ModelVersion(event, at, event.said)
        case ModelChanged():
            known = model.versions[event.number]
            version = replace(known, said=_changed(known.said, event))
        case ModelDeleted():
            version = replace(model.versions[event.number], deleted=True)
        case _:
            assert_never(event)
    return replace(model, version=model.version + 1, versions={**model.versions, event.number: version})


MODEL = Decider(Model, decide, evolve)
