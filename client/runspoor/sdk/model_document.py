"""A version of a model on the wire, and v1's words for what is in it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.label_filter import text
from runspoor.sdk.resource_configuration import ResourceConfiguration

Document = dict[str, Any]
"""A version as ``GET models/{name}`` answers."""
SAMPLES = ("sample_input", "sample_output")
"""The scenarios under which the datasets of v1's parameters for samples are kept."""


def request(tags: Mapping[str, object] | None = None, properties: Mapping[str, object] | None = None,
            description: str | None = None, framework: str | None = None, framework_version: str | None = None,
            resources: ResourceConfiguration | None = None,
            datasets: Iterable[tuple[str, Any]] = ()) -> dict[str, Any]:
    """What is said of a version, in the backend's words; what is none is left out."""
    needs = resources and {"cpu": resources.cpu, "memory_in_gb": resources.memory_in_gb, "gpu": resources.gpu}
    said = {"tags": labels(tags), "properties": labels(properties), "description": description,
            "framework": framework, "framework_version": framework_version, "resources": needs,
            "datasets": [{"scenario": scenario, "dataset_id": _id(dataset)} for scenario, dataset in datasets]}
    return {name: value for name, value in said.items() if value not in (None, {}, [])}


def _id(dataset: Any) -> str:
    id = dataset if isinstance(dataset, str) else getattr(dataset, "id", None)
    if not id:
        raise UserErrorException(f"The dataset {dataset!r} has no id: register it first.")
    return str(id)


def samples(given: Any, returned: Any) -> list[tuple[str, Any]]:
    """The datasets of a sample input and a sample output as pairs of scenario and dataset."""
    return [(scenario, dataset) for scenario, dataset in zip(SAMPLES, (given, returned)) if dataset is not None]


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
