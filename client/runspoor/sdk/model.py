"""Models: files under a name, in versions."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from runspoor.sdk import model_files, model_list, model_location
from runspoor.sdk.exceptions import WebserviceException, translated
from runspoor.sdk.file_names import stored_name
from runspoor.sdk.model_document import Document, Named, identified, labels, request
from runspoor.sdk.model_errors import NO_SUCH_PATH, REFUSED, NoSuchModel
from runspoor.sdk.model_list import Wanted
from runspoor.sdk.model_record import Framework, ModelRecord
from runspoor.sdk.resource_configuration import ResourceConfiguration

if TYPE_CHECKING:
    from runspoor.sdk.abstract_dataset import AbstractDataset
    from runspoor.sdk.run import Run
    from runspoor.sdk.workspace import Workspace

__all__ = ["Framework", "Model", "register_run_model"]


class Model(ModelRecord, v1="azureml.core.Model"):
    """A registered version of a model; without a version the newest that fits the other conditions.

    ``tags`` and ``properties``: a list of names, and of pairs of name and value, or a dictionary.
    ModelNotFoundException, which here is a WebserviceException too, when there is none.
    """

    Framework = Framework

    def __init__(self, workspace: Workspace, name: str | None = None, id: str | None = None, tags: Wanted = None,
                 properties: Wanted = None, version: int | None = None, run_id: str | None = None,
                 model_framework: str | None = None, expand: bool = True, **kwargs: Any) -> None:
        self.workspace = workspace
        if name is None and id is None and not (tags or properties or run_id or model_framework):
            raise WebserviceException("Say which model is meant: by name, id, tags, properties, run_id or framework.")
        if id is not None:
            name, _, number = id.rpartition(":")
            version = int(number) if name and number.isdecimal() else None
            if version is None:
                raise WebserviceException(f"{id!r} is no id of a model: it has the form name:version.")
        if name is not None and not (tags or properties or run_id or model_framework):
            self._document = _read(workspace, name, version)
        else:
            self._document = model_list.first(workspace, name, tags, properties, version, run_id, model_framework)

    @classmethod
    def _of(cls, workspace: Workspace, document: Document) -> Model:
        """The version of an answer of the backend."""
        model = cls.__new__(cls)
        model.workspace, model._document = workspace, document
        return model

    # Making and finding

    @staticmethod
    def register(workspace: Workspace, model_path: str | os.PathLike[str], model_name: str,
                 tags: Mapping[str, object] | None = None, properties: Mapping[str, object] | None = None,
                 description: str | None = None, datasets: Named | None = None, model_framework: str | None = None,
                 model_framework_version: str | None = None, child_paths: Iterable[str] | None = None,
                 sample_input_dataset: AbstractDataset | None = None,
                 sample_output_dataset: AbstractDataset | None = None,
                 resource_configuration: ResourceConfiguration | None = None) -> Model:
        """Upload a file or folder of this machine, and register it as the next version.

        ``child_paths``: what of the folder is wanted. ``datasets``: pairs of what for, and the dataset.
        ModelPathNotFoundException when the path is not here, WebserviceException for a name that cannot be.
        """
        files = model_files.files_at(model_path, child_paths)
        print(f"Registering model {model_name}")
        with translated(NO_SUCH_PATH):
            ids = identified(workspace, datasets, sample_input_dataset, sample_output_dataset)
            said = request(tags, properties, description, model_framework, model_framework_version,
                           resource_configuration, ids)
            return _made(workspace, model_files.register(workspace.api, {"name": model_name, **said}, files))

    @staticmethod
    def list(workspace: Workspace, name: str | None = None, tags: Wanted = None, properties: Wanted = None,
             run_id: str | None = None, latest: bool = False, dataset_id: str | None = None, expand: bool = True,
             page_count: int = 255, model_framework: str | None = None) -> list[Model]:
        """The versions that fit, newest first; ``latest``: of each model only its newest."""
        found = model_list.versions(workspace, name, tags, properties, run_id, latest, dataset_id, model_framework)
        return [Model._of(workspace, document) for document in found]

    @staticmethod
    def get_model_path(model_name: str, version: int | None = None, _workspace: Workspace | None = None) -> str:
        """Where a model's file or folder lies on this machine.

        Looked for below AZUREML_MODEL_DIR, in ``azureml-models`` and as ``./<model_name>``; else downloaded into
        ``azureml-models`` from the workspace, inside a run that of the run. ModelNotFoundException when there is none.
        """
        if here := model_location.put_here(model_name, version):
            return here
        workspace = _workspace or _workspace_of_run()
        if workspace is not None:
            model = Model(workspace, model_name, version=version)
            folder = Path(model_location.CACHE, model.name, str(model.version))
            return model_location.kept(model.name, model.version) or model.download(folder, exist_ok=True)
        here = model_location.kept(model_name, version)
        here = here or (model_location.beside(model_name) if version is None else None)
        if here is None:
            raise NoSuchModel(f"There is no model {model_name!r} in ./{model_location.CACHE} or here: give "
                                         "_workspace to have it downloaded.")
        return here

    @staticmethod
    def deserialize(workspace: Workspace, model_payload: Mapping[str, Any]) -> Model:
        """The version that ``serialize`` has described, as it is now."""
        return Model(workspace, id=model_payload["id"])

    # Its files

    @translated(REFUSED)
    def download(self, target_dir: str | os.PathLike[str] = ".", exist_ok: bool = False,
                 exists_ok: bool | None = None) -> str:
        """Download its file or folder into ``target_dir``; returns the path. ``exists_ok`` is v1's older word.

        WebserviceException when a file is there already and ``exist_ok`` is false.
        """
        folder = Path(target_dir)
        overwrite = exist_ok if exists_ok is None else exists_ok
        try:
            model_files.fetch(self.workspace.api, _path(self.name), self.version, folder,
                              "replace" if overwrite else "refuse", sys.stderr if sys.stderr.isatty() else None)
        except FileExistsError as error:
            raise WebserviceException(f"File already exists. To overwrite, set exist_ok to True. {error}.") from error
        return os.path.join(target_dir, os.path.basename(self._document["path"]))

    @translated(REFUSED)
    def get_sas_urls(self) -> dict[str, str]:
        """Path of each file -> a URL by which anybody can read it for 15 minutes."""
        files = self.workspace.api.pages(f"{_path(self.name)}/files", {"version": self.version})
        return {file["path"]: file["url"] for file in files}

    # What is said of it

    def add_tags(self, tags: Mapping[str, object]) -> None:
        """Set tags; others stay."""
        self._change(tags=labels(tags))

    def remove_tags(self, tags: Iterable[str] | str) -> None:
        """Remove tags by name."""
        self._change(remove_tags=[tags] if isinstance(tags, str) else [*tags])

    def add_properties(self, properties: Mapping[str, object]) -> None:
        """Add properties. WebserviceException for another value of one that is set."""
        self._change(properties=labels(properties))

    def update_tags_properties(self, add_tags: Mapping[str, object] | None = None,
                               remove_tags: Iterable[str] | None = None,
                               add_properties: Mapping[str, object] | None = None) -> None:
        """Tags and properties in one step."""
        self._change(tags=labels(add_tags), remove_tags=[*(remove_tags or ())], properties=labels(add_properties))

    @translated(REFUSED)
    def update(self, tags: Mapping[str, object] | None = None, description: str | None = None,
               sample_input_dataset: AbstractDataset | None = None,
               sample_output_dataset: AbstractDataset | None = None,
               resource_configuration: ResourceConfiguration | None = None) -> None:
        """Replace what is given; ``tags`` replace all there are."""
        ids = identified(self.workspace, None, sample_input_dataset, sample_output_dataset)
        change = request(tags, description=description, resources=resource_configuration, datasets=ids)
        gone = [] if tags is None else [name for name in self._now()["tags"] if name not in tags]
        self._change(**change, remove_tags=gone)

    @translated(REFUSED)
    def add_dataset_references(self, datasets: Named) -> None:
        """Say which datasets it has to do with: pairs of what for, and the dataset."""
        self._change(**request(datasets=identified(self.workspace, datasets, None, None)))

    @translated(REFUSED)
    def delete(self) -> None:
        """Delete this version; its number is never given again."""
        self.workspace.api.write("DELETE", f"{_path(self.name)}?version={self.version}")

    @translated(REFUSED)
    def _change(self, **change: object) -> None:
        where = f"{_path(self.name)}?version={self.version}"
        self._document = self.workspace.api.write("PATCH", where, change).json()

    def _now(self) -> Document:
        self._document = _read(self.workspace, self.name, self.version)
        return self._document


def register_run_model(run: Run, model_name: str, model_path: str | None = None,
                       tags: Mapping[str, object] | None = None, properties: Mapping[str, object] | None = None,
                       model_framework: str | None = None, model_framework_version: str | None = None,
                       description: str | None = None, datasets: Named | None = None,
                       sample_input_dataset: AbstractDataset | None = None,
                       sample_output_dataset: AbstractDataset | None = None,
                       resource_configuration: ResourceConfiguration | None = None, **kwargs: Any) -> Model:
    """The next version of a model, made of a file or folder of a run; ``model_path`` is by default ``model_name``.

    A path that lies in no folder of a run's files means the one in ``outputs``, as when it was uploaded.
    ModelPathNotFoundException, with the files there are, when the run has it not.
    """
    workspace = run.experiment.workspace
    with translated(NO_SUCH_PATH):
        ids = identified(workspace, datasets, sample_input_dataset, sample_output_dataset)
        said = request(tags, properties, description, model_framework, model_framework_version,
                       resource_configuration, ids)
        body = {**said, "name": model_name, "run_id": run.id, "path": stored_name(model_path or model_name)}
        return _made(workspace, workspace.api.write("POST", "models", body, uuid.uuid4().hex).json())


def _made(workspace: Workspace, document: Document) -> Model:
    model_list.note(workspace, document)
    return Model._of(workspace, document)


@translated(REFUSED)
def _read(workspace: Workspace, name: str, version: int | None) -> Document:
    document: Document = workspace.api.get(_path(name), {"version": version}).json()
    return document


def _path(name: str) -> str:
    return f"models/{quote(name, safe='')}"


def _workspace_of_run() -> Workspace | None:
    from runspoor.sdk.in_run import submitted_run

    run = submitted_run()
    return run.experiment.workspace if run else None
