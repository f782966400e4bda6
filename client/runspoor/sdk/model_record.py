"""What is known of a version of a model."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from runspoor.sdk.model_document import SAMPLES, Document, datasets_of, moment, resources
from runspoor.sdk.resource_configuration import ResourceConfiguration
from runspoor.sdk.surface import Surface

if TYPE_CHECKING:
    from runspoor.sdk.abstract_dataset import AbstractDataset
    from runspoor.sdk.run import Run
    from runspoor.sdk.workspace import Workspace


class Framework:
    """Names of frameworks, for ``model_framework``."""

    CUSTOM = "Custom"
    MULTI = "Multi"
    ONNX = "Onnx"
    PYTORCH = "PyTorch"
    SCIKITLEARN = "ScikitLearn"
    TENSORFLOW = "TensorFlow"
    TFKERAS = "TfKeras"


class ModelRecord(Surface):
    """A version as the backend has it. What it says of itself is what was last seen."""

    workspace: Workspace
    _document: Document

    @property
    def name(self) -> str:
        """The model's name."""
        return str(self._document["name"])

    @property
    def version(self) -> int:
        """The version's number, counted from 1."""
        return int(self._document["version"])

    @property
    def id(self) -> str:
        """``name:version``."""
        return str(self._document["id"])

    @property
    def tags(self) -> dict[str, str]:
        """The tags, as last seen."""
        return dict(self._document["tags"])

    @property
    def properties(self) -> dict[str, str]:
        """The properties, as last seen; what is set never changes."""
        return dict(self._document["properties"])

    @property
    def description(self) -> str | None:
        """What it is about, as last seen."""
        said = self._document["description"]
        return None if said is None else str(said)

    @property
    def created_time(self) -> datetime:
        """When it was registered."""
        return moment(self._document["created_at"])

    @property
    def created_by(self) -> dict[str, str]:
        """Empty: the backend does not say who it was."""
        return {}

    @property
    def run_id(self) -> str | None:
        """The run whose files it is, or none."""
        run_id = self._document["run_id"]
        return None if run_id is None else str(run_id)

    @property
    def experiment_name(self) -> str | None:
        """The experiment of that run, or none."""
        name = self._document["experiment"]
        return None if name is None else str(name)

    @property
    def run(self) -> Run | None:
        """The run whose files it is, or none."""
        from runspoor.sdk.run import Run

        return Run.get(self.workspace, self.run_id) if self.run_id else None

    @property
    def url(self) -> str:
        """Its address in v1's form."""
        return f"aml://asset/{self.id}"

    @property
    def model_framework(self) -> str:
        """The framework it was made with; ``Custom`` when nobody said."""
        return str(self._document["framework"] or Framework.CUSTOM)

    @property
    def model_framework_version(self) -> str | None:
        """The version of that framework, or none."""
        version = self._document["framework_version"]
        return None if version is None else str(version)

    @property
    def resource_configuration(self) -> ResourceConfiguration | None:
        """What it needs when it is used, or none."""
        return resources(self._document)

    @property
    def unpack(self) -> bool:
        """False: folders are kept file by file, there is nothing to unpack."""
        return False

    @property
    def mime_type(self) -> str:
        """v1's word for what a model is."""
        return "application/x-python"

    @property
    def datasets(self) -> dict[str, list[AbstractDataset]]:
        """The datasets it has to do with: what for -> a list of them."""
        from runspoor.sdk.dataset import Dataset

        return {scenario: [Dataset.get_by_id(self.workspace, each) for each in ids]
                for scenario, ids in datasets_of(self._document).items() if scenario not in SAMPLES}

    @property
    def sample_input_dataset(self) -> AbstractDataset | None:
        """An example of what it is given, or none."""
        return self._sample(0)

    @property
    def sample_output_dataset(self) -> AbstractDataset | None:
        """An example of what it gives, or none."""
        return self._sample(1)

    def _sample(self, which: int) -> AbstractDataset | None:
        from runspoor.sdk.dataset import Dataset

        ids = datasets_of(self._document).get(SAMPLES[which])
        return Dataset.get_by_id(self.workspace, ids[-1]) if ids else None

    def serialize(self) -> dict[str, Any]:
        """v1's dictionary about it, as last seen."""
        needs = self.resource_configuration
        return {
            "createdTime": self.created_time.isoformat(), "createdBy": self.created_by,
            "description": self.description, "id": self.id, "mimeType": self.mime_type, "name": self.name,
            "framework": self.model_framework, "frameworkVersion": self.model_framework_version, "tags": self.tags,
            "properties": self.properties, "unpack": self.unpack, "url": self.url, "version": self.version,
            "experimentName": self.experiment_name, "runId": self.run_id,
            "runDetails": None if self.run_id is None else f"Run({self.run_id})",
            "datasets": datasets_of(self._document),
            "resourceConfiguration": needs.serialize() if needs else None,
        }

    def __repr__(self) -> str:
        return (f"Model(workspace={self.workspace!r}, name={self.name}, id={self.id}, version={self.version}, "
                f"tags={self.tags}, properties={self.properties})")
