"""A version of a model on the wire, and v1's words for what is in it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from runspoor.sdk.label_filter import text
from runspoor.sdk.resource_configuration import ResourceConfiguration

if TYPE_CHECKING:
    from runspoor.sdk.abstract_dataset import AbstractDataset
    from runspoor.sdk.workspace import Workspace

Document = dict[str, Any]
"""A version as ``GET models/{name}`` answers."""
Named = Iterable[tuple[str, "AbstractDataset"]]
"""Datasets, and what each is for."""
SAMPLES = ("sample_input", "sample_output")
"""The scenarios under which the datasets of v1's parameters for samples are kept."""


def request(tags: Mapping[str, object] | None = None, properties: Mapping[str, object] | None = None,
            description: str | None = None, framework: str | None = None, framework_version: str | None = None,
            resources: ResourceConfiguration | None = None,
            datasets: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """What is said of a version, in the backend's words; what is none is left out. ``datasets``: what for, and id."""
    needs = resources and {"cpu": resources.cpu, "memory_in_gb": resources.memory_in_gb, "gpu": resources.gpu}
    said = {"tags": labels(tags), "properties": labels(properties), "description": description,
            "framework": framework, "framework_version": framework_version, "resources": needs,
            "datasets": [{"scenario": scenario, "dataset_id": id} for scenario, id in datasets]}
    return {name: value for name, value in said.items() if value not in (None, {}, [])}


def identified(workspace: Workspace, datasets: Named | None, sample_input: AbstractDataset | None,
               sample_output: AbstractDataset | None) -> list[tuple[str, str]]:
    """What for, and the id of each dataset; what has no id is saved in the workspace."""
    samples = zip(SAMPLES, (sample_input, sample_output))
    pairs = [*(datasets or ()), *((scenario, each) for scenario, each in samples if each is not None)]
    return [(str(scenario), dataset._saved_in(workspace)) for scenario, dataset in pairs]


def labels(pairs: Mapping[str, object] | None) -> dict[str, str]:
    """Tags or properties: values become texts."""
    return {str(name): text(value) for name, value in (pairs or {}).items()}


def moment(written: str) -> datetime:
    """The time of an ISO 8601 text in UTC."""
    return datetime.fromisoformat(written.replace("Z", "+00:00"))


def resources(document: Document) -> ResourceConfiguration | None:
    """What a version needs when it is used."""
    needs = document["resources"]
    return ResourceConfiguration(needs["cpu"], needs["memory_in_gb"], needs["gpu"]) if needs else None


def datasets_of(document: Document) -> dict[str, list[str]]:
    """Scenario -> ids of datasets."""
    found: dict[str, list[str]] = {}
    for each in document["datasets"]:
        found.setdefault(each["scenario"], []).append(each["dataset_id"])
    return found
