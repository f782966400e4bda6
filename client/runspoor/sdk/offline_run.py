"""What ``Run.get_context()`` gives outside of runs: a run that prints what it would log."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from runspoor.sdk import config_file
from runspoor.sdk.surface import Surface

if TYPE_CHECKING:
    from runspoor.sdk.experiment import Experiment

EXPERIMENT = "offline"
"""The experiment of offline runs. Nothing is written to it."""


class OfflineRun(Surface, v1="azureml.core.run._OfflineRun"):
    """Nothing is stored, and no value is checked. Every object has an id of its own."""

    def __init__(self, parent_logger: object = None, run_id: str | None = None, **kwargs: object) -> None:
        self._id = run_id or f"OfflineRun_{uuid.uuid4()}"

    @property
    def id(self) -> str:
        """``OfflineRun_`` and a GUID."""
        return self._id

    @property
    def identity(self) -> str:
        """As ``id``."""
        return self._id

    @property
    def experiment(self) -> Experiment:
        """An experiment of the workspace of config.json, by which a script reaches its data as inside a run.

        v1 has none here. AttributeError, as there, when there is no config.json.
        """
        from runspoor.sdk.experiment import Experiment
        from runspoor.sdk.workspace import Workspace

        if config_file.search() is None:
            raise AttributeError(
                "an offline run has an experiment, and a workspace, only where there is a config.json: run 'runspoor "
                "login URL' in this folder, or submit the script")
        return Experiment(Workspace.from_config(), EXPERIMENT, _create_in_cloud=False)

    def log(self, name: str, value: object, description: str = "", step: int | None = None) -> None:
        """Print the value."""
        _attempted("scalar", name, value)

    def log_list(self, name: str, value: Iterable[object], description: str = "") -> None:
        """Print the values."""
        _attempted("list", name, value)

    def log_row(self, name: str, description: str | None = None, **kwargs: object) -> None:
        """Print the row."""
        _attempted("row", name, kwargs)

    def log_table(self, name: str, value: Mapping[str, object], description: str = "") -> None:
        """Print the table."""
        _attempted("table", name, value)

    def log_image(self, name: str, path: str | os.PathLike[str] | None = None, plot: object = None,
                  description: str = "") -> None:
        """Print the path or the plot."""
        _attempted("image", name, path if path is not None else plot)

    def log_confusion_matrix(self, name: str, value: object, description: str | None = None) -> None:
        """Print the document."""
        _attempted("confusion_matrix", name, value)

    def log_accuracy_table(self, name: str, value: object, description: str | None = None) -> None:
        """Print the document."""
        _attempted("accuracy_table", name, value)

    def log_predictions(self, name: str, value: object, description: str | None = None) -> None:
        """Print the document."""
        _attempted("predictions", name, value)

    def log_residuals(self, name: str, value: object, description: str | None = None) -> None:
        """Print the document."""
        _attempted("residuals", name, value)

    def tag(self, name: str, value: object = None) -> None:
        """Print the tag."""
        print(f"Attempted to add tag {name} with value {value}")

    def set_tags(self, tags: Mapping[str, object]) -> None:
        """Print the tags."""
        print(f"Attempted to set tags {tags}")

    def add_properties(self, properties: Mapping[str, object]) -> None:
        """Print the properties."""
        print(f"Attempted to add properties {properties}")

    def upload_file(self, name: str, path_or_stream: object, datastore_name: str | None = None) -> None:
        """Print the name."""
        print(f"Attempted to track file {name} at {path_or_stream}")

    def upload_files(self, name: Sequence[str], paths: Sequence[str], return_artifacts: bool = False,
                     timeout_seconds: float | None = None, datastore_name: str | None = None) -> None:
        """Print the names."""
        print(f"Attempted to track files {name} at {paths}")

    def upload_folder(self, name: str, path: object, datastore_name: str | None = None) -> None:
        """Print the name."""
        print(f"Attempted to track folder {name} at {path}")

    def flush(self, timeout_seconds: float = 300) -> None:
        """Print the run's id."""
        print(f"Attempted to flush run with id {self._id}")

    def start(self) -> None:
        """Nothing happens."""

    def complete(self) -> None:
        """Nothing happens."""

    def cancel(self) -> None:
        """Nothing happens."""

    def fail(self, error_details: object = None, error_code: object = None) -> None:
        """Print the error."""
        print(f"Run failed with error code {error_code}:\n{error_details}")

    def child_run(self, name: str | None = None, run_id: str | None = None, outputs: str | None = None) -> OfflineRun:
        """Another offline run."""
        return OfflineRun(run_id=run_id)

    def __enter__(self) -> OfflineRun:
        print(f"[START] Run {self._id} context")
        return self

    def __exit__(self, exit_type: type[BaseException] | None, value: BaseException | None,
                 traceback: TracebackType | None) -> None:
        print(f"[STOP] Run {self._id} context")

    def __repr__(self) -> str:
        return f"Run(Id: {self._id})"


def _attempted(kind: str, name: str, value: Any) -> None:
    print(f"Attempted to log {kind} metric {name}:\n{value}")
