"""What a run configuration says of data: inputs and outputs by name, as v1's files have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runspoor.sdk.exceptions import NotOffered, UserErrorException
from runspoor.sdk.section import Section
from runspoor.sdk.store_path import store_path

OUTPUT_MODES = ("mount", "upload")
MECHANISMS = {"direct": "direct", "mount": "mount", "download": "download"}


@dataclass(repr=False, eq=False)
class DataPath(Section, v1="azureml.core.runconfig.DataPath"):
    """A path of a datastore."""

    datastore_name: str | None = None
    relative_path: str | None = None


@dataclass(repr=False, eq=False)
class DataLocation(Section, v1="azureml.core.runconfig.DataLocation"):
    """Where data is: a dataset (with an id), a path of a datastore, or a URI."""

    dataset: object = None
    data_path: DataPath | None = None
    uri: str | None = None


@dataclass(repr=False, eq=False)
class Data(Section, v1="azureml.core.runconfig.Data"):
    """An input of a run. ``mechanism``: direct, mount or download."""

    data_location: DataLocation | None = None
    create_output_directories: bool | None = None
    mechanism: str = "direct"
    environment_variable_name: str | None = None
    path_on_compute: str | None = None
    overwrite: bool = False
    options: Mapping[str, str] | None = None

    @staticmethod
    def create(data: Any) -> Data:
        """An input of what ``dataset.as_named_input(...)`` gives."""
        if not hasattr(data, "dataset"):
            raise UserErrorException(f"{type(data).__name__} is no input: give dataset.as_named_input(NAME).")
        return Data(DataLocation(dataset=data.dataset), mechanism=data.mode, path_on_compute=data.path_on_compute)

    def _read(self, name: str, value: Any) -> None:
        if name == "data_location" and isinstance(value, Mapping):
            path = value.get("dataPath") or {}
            value = DataLocation(value.get("dataset"), DataPath(path.get("datastoreName"), path.get("relativePath"))
                                 if path else None, value.get("uri"))
        super()._read(name, value)

    def to_input(self, workspace: object) -> tuple[str, dict[str, Any]]:
        """As what takes part in a submission: its name is that in ``run_config.data``."""
        return "", self._to_input(workspace)

    def _to_input(self, workspace: object = None) -> dict[str, Any]:
        """InputRequest. Raises UserErrorException and NotOffered."""
        mode = MECHANISMS.get(self.mechanism.lower())
        if mode is None:
            raise NotOffered(f"The mechanism {self.mechanism!r} of an input", f"use one of {', '.join(MECHANISMS)}")
        body = {**_source(self.data_location or DataLocation(), workspace), "mode": mode}
        return {**body, "path_on_compute": self.path_on_compute} if self.path_on_compute else body


def _source(location: DataLocation, workspace: object) -> dict[str, Any]:
    dataset: Any = location.dataset
    if isinstance(dataset, Mapping):
        return {"dataset": str(dataset.get("id"))}
    if dataset is not None:
        return {"dataset": dataset._saved_in(workspace) if hasattr(dataset, "_saved_in")
                else str(getattr(dataset, "id", dataset))}
    if location.data_path is None:
        raise UserErrorException("An input in run_config.data has neither a dataset nor a path of a datastore.")
    return {"path": {"datastore": location.data_path.datastore_name, "path": location.data_path.relative_path or ""}}


@dataclass(repr=False, eq=False)
class GlobsOptions(Section, v1="azureml.core.runconfig.GlobsOptions"):
    """Which files."""

    patterns: list[str] | None = None


@dataclass(repr=False, eq=False)
class UploadOptions(Section, v1="azureml.core.runconfig.UploadOptions"):
    """How an output is uploaded."""

    overwrite: bool = False
    source_globs: GlobsOptions | None = None


@dataclass(repr=False, eq=False)
class RegistrationOptions(Section, v1="azureml.core.runconfig.RegistrationOptions"):
    """As what an output is registered."""

    name: str | None = None
    description: str | None = None
    tags: Mapping[str, str] | None = None
    dataset_registration_options: object = None


@dataclass(repr=False, eq=False)
class OutputOptions(Section, v1="azureml.core.runconfig.OutputOptions"):
    """Where an output is on the node, and what becomes of it."""

    path_on_compute: str | None = None
    registration_options: RegistrationOptions | None = None
    upload_options: UploadOptions | None = None
    mount_options: object = None


@dataclass(repr=False, eq=False)
class OutputData(Section, v1="azureml.core.runconfig.OutputData"):
    """An output of a run."""

    output_location: DataLocation | None = None
    mechanism: str = "mount"
    additional_options: OutputOptions | None = field(default=None)

    @property
    def is_output(self) -> bool:
        """Always."""
        return True

    def to_output(self, workspace: object) -> tuple[str, dict[str, Any]]:
        """OutputRequest; its name is that in ``run_config.output_data``. Raises UserErrorException."""
        place, more = (self.output_location or DataLocation()).data_path, self.additional_options or OutputOptions()
        upload, registration = more.upload_options or UploadOptions(), more.registration_options
        globs = upload.source_globs.patterns if upload.source_globs else None
        return "", output_request(
            None if place is None else (str(place.datastore_name), place.relative_path or ""), self.mechanism.lower(),
            more.path_on_compute, upload.overwrite, globs, None if registration is None or not registration.name else {
                "name": registration.name, "description": registration.description,
                "tags": dict(registration.tags or {})})


def output_request(place: tuple[str, str] | None, mode: str, path_on_compute: str | None, overwrite: bool,
                   globs: list[str] | None, register_as: Mapping[str, Any] | None) -> dict[str, Any]:
    """OutputRequest of an output whose folder the node makes. ``place``: datastore and path. UserErrorException."""
    if mode not in OUTPUT_MODES:
        raise UserErrorException(f"{mode!r} is no mode of an output: use one of {', '.join(OUTPUT_MODES)}.")
    asked = {"path": None if place is None else {"datastore": place[0], "path": store_path(place[1])}, "mode": mode,
             "path_on_compute": path_on_compute, "register_as": register_as,
             **({"overwrite": overwrite, "globs": globs} if mode == "upload" else {})}
    return {name: value for name, value in asked.items() if value not in (None, False)}
