"""Models over the wire: what callers send to register and change a version, and what they get."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field, RootModel, model_validator

from shared.contract.fields import Digest, Name, Pairs, Path, Request, TagName, Text
from shared.contract.requests import EXACT
from shared.contract.responses import MissingFile
from shared.domain import limits

Word = Annotated[str, Field(max_length=limits.NAME_CHARACTERS)]


class ModelFileRequest(Request):
    """A file to be kept: its path below the folder into which the model is downloaded, and its content by digest."""

    path: Path
    sha256: Digest
    size: Annotated[int, Field(ge=0, le=EXACT)]


class ResourcesRequest(Request):
    """What the model needs when it is used."""

    cpu: Annotated[float, Field(ge=0)] | None = None
    memory_in_gb: Annotated[float, Field(ge=0)] | None = None
    gpu: Annotated[int, Field(ge=0, le=EXACT)] | None = None


class ModelDatasetRequest(Request):
    """A dataset the model has to do with, and what it was for: ``training``, ``validation``, ..."""

    scenario: Name
    dataset_id: Name


Datasets = Annotated[list[ModelDatasetRequest], Field(max_length=limits.MODEL_DATASETS)]


class ModelRequest(Request):
    """A new version, made of a file or folder (``path``) of a run, or of ``files`` that are uploaded.

    Sent again once what was missing is uploaded, it registers. The Idempotency-Key names the version it makes.
    """

    name: Name
    run_id: Name | None = None
    path: Path | None = None
    files: Annotated[list[ModelFileRequest], Field(min_length=1, max_length=limits.MODEL_FILES)] | None = None
    description: Text | None = None
    tags: Pairs = {}
    properties: Pairs = {}
    framework: Word | None = None
    framework_version: Word | None = None
    resources: ResourcesRequest | None = None
    datasets: Datasets = []

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.run_id is None) != (self.path is None) or (self.run_id is None) == (self.files is None):
            raise ValueError("give either 'run_id' and 'path', a file or folder of that run, or 'files'")
        return self


class ModelUpdate(Request):
    """What is absent stays as it is. Properties are added and never change; tags change."""

    description: Text | None = None
    tags: Pairs = {}
    remove_tags: Annotated[list[TagName], Field(max_length=limits.TAGS)] = []
    properties: Pairs = {}
    resources: ResourcesRequest | None = None
    datasets: Datasets = []


class ResourcesModel(BaseModel):
    """What the model needs when it is used."""

    cpu: float | None = None
    memory_in_gb: float | None = None
    gpu: int | None = None


class ModelDatasetModel(BaseModel):
    """A dataset the model has to do with, and what it was for."""

    scenario: str
    dataset_id: str


class ModelVersionModel(BaseModel):
    """A version of a model; ``id`` is ``name:version``.

    ``path`` is the file or folder that was registered: of ``run_id`` and its ``experiment``, or as it was uploaded.
    ``files`` counts them, ``bytes`` is their size.
    """

    id: str
    name: str
    version: int
    created_at: datetime
    run_id: str | None = None
    experiment: str | None = None
    path: str
    files: int
    bytes: int
    description: str | None = None
    tags: dict[str, str] = {}
    properties: dict[str, str] = {}
    framework: str | None = None
    framework_version: str | None = None
    resources: ResourcesModel | None = None
    datasets: list[ModelDatasetModel] = []


class MissingFiles(BaseModel):
    """Files to upload before the model can be registered."""

    missing: list[MissingFile]


class Registration(RootModel[ModelVersionModel | MissingFiles]):
    """The version; or, while files are missing, where to upload them."""


class ModelFile(BaseModel):
    """A file of a model: its ``path`` below the folder of a download, and a URL good until ``expires_at``."""

    path: str
    size: int
    sha256: str | None = None
    url: str
    expires_at: datetime
