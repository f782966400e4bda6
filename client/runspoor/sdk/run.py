"""A run: what it is, what it logged, its files, and its end."""

from __future__ import annotations

import builtins
import html
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable
from urllib.parse import quote

from runspoor.sdk.exceptions import AzureMLException, RunEnvironmentException
from runspoor.sdk.label_filter import Wanted
from runspoor.sdk.metric_log import MetricLog
from runspoor.sdk.metric_sender import MetricSender
from runspoor.sdk.run_children import RunChildren
from runspoor.sdk.run_datasets import RunDatasets
from runspoor.sdk.run_details import Details, details, kind_of
from runspoor.sdk.run_files import PARALLEL, RunFiles
from runspoor.sdk.run_labels import SNAPSHOT, RunLabels, properties_of
from runspoor.sdk.run_logging import RunLogging
from runspoor.sdk.run_metrics import RunMetrics
from runspoor.sdk.run_record import Document, RunRecord
from runspoor.sdk.run_status import ENDED

if TYPE_CHECKING:
    from runspoor.sdk.environment import Environment
    from runspoor.sdk.experiment import Experiment
    from runspoor.sdk.model import Model
    from runspoor.sdk.offline_run import OfflineRun
    from runspoor.sdk.workspace import Workspace

DOCS = "https://learn.microsoft.com/python/api/azureml-core/azureml.core.run.run"


class Run(RunLogging, RunMetrics, RunFiles, RunLabels, RunDatasets, RunChildren, v1="azureml.core.Run"):
    """One try of something, in an experiment.

    ``outputs``: a folder that ``complete`` uploads. Requests raise UserErrorException when what is asked for cannot
    be, AuthenticationException for a wrong key, and ServiceException when the backend does not answer.
    """

    def __init__(self, experiment: Experiment, run_id: str, outputs: str | None = None, **kwargs: Any) -> None:
        self._experiment = experiment
        self._record = RunRecord(experiment.workspace, run_id, kwargs.get("_document"))
        self._outputs = outputs
        self._metrics: MetricLog = MetricSender(self._record)

    # Finding runs

    @classmethod
    def get_context(cls, allow_offline: bool = True, used_for_context_manager: bool = False,
                    **kwargs: object) -> Run | OfflineRun:
        """The run this process belongs to; outside of runs one that prints what would be logged.

        RunEnvironmentException outside of runs when ``allow_offline`` is false.
        """
        from runspoor.sdk.in_run import submitted_run
        from runspoor.sdk.offline_run import OfflineRun

        run = submitted_run()
        if run is None and not allow_offline:
            raise RunEnvironmentException()
        return run or OfflineRun()

    @classmethod
    def get_submitted_run(cls, **kwargs: object) -> Run | OfflineRun:
        """As ``get_context(allow_offline=False)``."""
        return cls.get_context(allow_offline=False)

    @staticmethod
    def get(workspace: Workspace, run_id: str) -> Run:
        """The run of this id. UserErrorException when there is none."""
        from runspoor.sdk.run_list import of_document

        return of_document(workspace, RunRecord(workspace, run_id).now())

    @staticmethod
    def list(experiment: Experiment, type: str | None = None, tags: Wanted = None, properties: Wanted = None,
             status: str | None = None, include_children: bool = False) -> Iterator[Run]:
        """The runs of an experiment, newest first. ``tags`` and ``properties``: a name, or names with values.

        ``include_children``: those that are children of others too.
        """
        from runspoor.sdk.run_list import runs

        where = {"experiment": experiment.name, "status": status, "root": None if include_children else "true"}
        return runs(experiment.workspace, where, type, tags, properties)

    @staticmethod
    def list_by_compute(compute: Any, type: str | None = None, tags: Wanted = None, properties: Wanted = None,
                        status: str | None = None) -> Iterator[Run]:
        """The runs of a compute target, newest first."""
        from runspoor.sdk.run_list import runs

        where = {"compute_target": compute.name, "status": status}
        return runs(compute.workspace, where, type, tags, properties)

    # What it is

    @property
    def id(self) -> str:
        """The run's id."""
        return self._record.id

    @property
    def identity(self) -> str:
        """The run's id."""
        return self._record.id

    @property
    def experiment(self) -> Experiment:
        """The experiment it belongs to."""
        return self._experiment

    @property
    def type(self) -> str | None:
        """``azureml.scriptrun``, ``hyperdrive`` of a sweep; None for an interactive run."""
        return kind_of(self._record.seen())

    @property
    def status(self) -> str:
        """The status as it is now; what has ended stays so."""
        status = self._record.status()
        return status if status in ENDED else self.get_status()

    @property
    def portal_url(self) -> str:
        """Where the backend shows the run."""
        return self.get_portal_url()

    def get_portal_url(self) -> str:
        """Where the backend shows the run."""
        return f"{self.experiment.workspace.api.url}/runs/{quote(self.id, safe='')}"

    @classmethod
    def get_docs_url(cls) -> str:
        """Where v1 describes its runs."""
        return DOCS

    def get_status(self) -> str:
        """The status as it is now."""
        return str(self._record.now()["status"])

    def get_detailed_status(self) -> dict[str, Any]:
        """``status``, and in ``details`` why it is so and what comes next."""
        why = self._record.get("/why").json()
        return {"status": why["status"], "details": [why["summary"], why["next"]]}

    def get_details(self) -> Details:
        """v1's dictionary about the run; its entries can be read as attributes too."""
        return self._details(lambda url: url)

    def _details(self, shown: Callable[[str], str]) -> Details:
        """``shown``: what to say of the log file at a URL."""
        names = [file["name"] for file in self._record.pages("/logs")]
        with ThreadPoolExecutor(PARALLEL) as pool:
            logs = pool.map(lambda name: shown(self._record.get(f"/files/{quote(name)}").json()["url"]), names)
            run = self._record.now()
            return details(run, properties_of(run), dict(zip(names, logs)))

    def get_details_with_logs(self) -> Details:
        """As ``get_details``, with what the log files hold."""
        return self._details(lambda url: self._content(url).decode("utf-8", "replace"))

    def get_snapshot_id(self) -> str | None:
        """The id of the frozen source folder; None when there is none."""
        return self.get_properties().get(SNAPSHOT)

    def restore_snapshot(self, snapshot_id: str | None = None, path: str | None = None) -> str:
        """Download the frozen source folder as a zip file into the folder ``path`` (none: here); returns its path."""
        from runspoor.sdk.snapshot_zip import download

        return download(self.experiment.workspace, snapshot_id or self.get_snapshot_id(), path)

    def take_snapshot(self, file_or_folder_path: str) -> str:
        """Freeze a folder and keep its id with the run; returns it."""
        with self._record.client() as client:
            snapshot = client.snapshot(file_or_folder_path)
        self.add_properties({SNAPSHOT: snapshot})
        return snapshot

    def get_environment(self) -> Environment:
        """What the script runs in."""
        from runspoor.sdk.environment import Environment

        said = self._record.seen()["definition"]["environment"]
        return Environment._from_response({"name": said["name"], "version": said["version"], "definition": said})

    def register_model(self, model_name: str, model_path: str | None = None, tags: Mapping[str, Any] | None = None,
                       properties: Mapping[str, Any] | None = None, model_framework: str | None = None,
                       model_framework_version: str | None = None, description: str | None = None,
                       datasets: Any = None, sample_input_dataset: Any = None, sample_output_dataset: Any = None,
                       resource_configuration: Any = None, **kwargs: Any) -> Model:
        """Register files of the run as the next version of a model; ``model_path``: a file or folder of the run.

        ModelPathNotFoundException when the run has no such file.
        """
        from runspoor.sdk.model import register_run_model

        return register_run_model(
            self, model_name=model_name, model_path=model_path, tags=tags, properties=properties,
            model_framework=model_framework, model_framework_version=model_framework_version, description=description,
            datasets=datasets, sample_input_dataset=sample_input_dataset, sample_output_dataset=sample_output_dataset,
            resource_configuration=resource_configuration, **kwargs)

    # Its end

    def start(self) -> None:
        """A run that is logged to runs already."""

    def cancel(self) -> None:
        """Ask for the run's end; it is Canceled once its script has stopped."""
        self._record.write("POST", "/cancel", {})

    def complete(self) -> None:
        """End an interactive run: all that was logged is stored, and its outputs folder uploaded, when this returns."""
        if self._outputs:
            self.upload_folder("outputs", self._outputs)
        self.flush()
        self._end({"outcome": "succeeded"})

    def fail(self, error_details: str | BaseException | None = None, error_code: str | None = None) -> None:
        """End an interactive run as failed."""
        self.flush()
        said = {"code": error_code, "message": None if error_details is None else str(error_details)}
        self._end({"outcome": "failed", **{k: v for k, v in said.items() if v}})

    def wait_for_completion(self, show_output: bool = False, wait_post_processing: bool = False,
                            raise_on_error: bool = True) -> Details:
        """Wait until the run has ended and all it left is stored; ``show_output``: print its output meanwhile.

        ActivityFailedException when it failed, unless ``raise_on_error`` is false.
        """
        from runspoor.sdk.streaming import patiently, wait_for_end

        wait_for_end(self, show_output, raise_on_error)
        return patiently(self.get_details)

    def __enter__(self) -> Run:
        self.start()
        return self

    def __exit__(self, exit_type: builtins.type[BaseException] | None, value: BaseException | None,
                 traceback: TracebackType | None) -> None:
        if value is None:
            self.complete()
        else:
            self.fail(f"{type(value).__name__}: {value}", type(value).__name__)

    def _end(self, outcome: Mapping[str, str]) -> None:
        from runspoor.sdk.streaming import wait_for_end

        self._record.write("POST", "/end", outcome)
        wait_for_end(self, show_output=False, raise_on_error=False)

    def _follow(self) -> None:
        """Print what the run says until it has ended."""
        from runspoor.sdk.streaming import Stream

        Stream(self).follow()

    def _keep(self, files: Mapping[str, Path]) -> None:
        self._store(files)

    # How it looks

    def __repr__(self) -> str:
        shown = "\n".join(f"{name}: {value}," for name, value in self._shown().items())
        return f"Run({shown[:-1]})"

    def _repr_html_(self) -> str:
        cells = {**self._shown(), "Details": f'<a href="{html.escape(self.get_portal_url())}">{self.id}</a>'}
        names = "".join(f"<th>{name}</th>" for name in cells)
        values = "".join(f"<td>{value if name == 'Details' else html.escape(str(value))}</td>"
                         for name, value in cells.items())
        return f"<table><tr>{names}</tr><tr>{values}</tr></table>"

    def _shown(self) -> dict[str, object]:
        with suppress(AzureMLException):  # What is printed while something fails must not fail itself.
            self._record.now()
        known = self._record.known()
        return {"Experiment": self.experiment.name, "Id": self.id, "Type": self.type if known else "unknown",
                "Status": known["status"] if known else "unknown"}


def get_run(experiment: Experiment, run_id: str, rehydrate: bool = True, clean_up: bool = True) -> Run:
    """The run of this id. UserErrorException when there is none."""
    return Run.get(experiment.workspace, run_id)


__all__ = ["Document", "Run", "get_run"]
