"""Every route, once. The Functions app binds them, the OpenAPI document is drawn from them.

A caller shows a function key (``x-functions-key``); a node shows its run token (``Authorization: Bearer``). What a
script in a run may do by that token is bound a second time, below ``node/``.
"""

from dataclasses import dataclass, replace
from typing import Literal

from pydantic import BaseModel

from shared.contract import (
    compute_targets,
    datasets,
    datastores,
    environments,
    lineage,
    local_runs,
    metrics,
    models,
    outputs,
    requests,
    responses,
    submission,
    sweeps,
    why,
)
from shared.domain import limits

Auth = Literal["caller", "run", "none"]
Method = Literal["GET", "POST", "PATCH", "DELETE"]

PAGED = ("limit", "cursor")
QUERY = {
    "limit": f"At most so many items: 1 to {limits.LARGEST_PAGE}, of metrics 1 to {limits.LARGEST_METRICS_PAGE}, "
             f"of metric points 1 to {limits.LARGEST_POINTS_PAGE}, "
             f"of the files of datastores, datasets and inputs 1 to {limits.INPUT_FILES_PAGE}.",
    "cursor": "The 'next' of the page before.",
    "experiment": "Only runs of this experiment.",
    "status": "Only runs with this status.",
    "compute_target": "Only runs on this compute target.",
    "root": "'true': only runs that are no children of others.",
    "archived": "'true': archived experiments instead of active ones.",
    "version": "Of a run: as it was when it had so many events. Of what has versions: this one, not the newest.",
    "newest": "'true': of each model only its newest version.",
    "name": "Only those with this name.",
    "run_id": "Only those made of the files of this run.",
    "tag": "Only those with this tag: its name, or name=value.",
    "property": "Only those with this property: its name, or name=value.",
    "after": "Go on behind this number.",
    "depth": f"So many steps from the one asked about, 1 to {limits.LARGEST_LINEAGE_DEPTH}.",
    "offset": "From this byte.",
    "prefix": "Only names that begin so.",
    "attempt": "Of this attempt instead of the current one.",
    "check": "'true': first compare a pinned dataset with what is there now; 409 names the first file that is another.",
}


@dataclass(frozen=True)
class Route:
    """``path`` has Azure Functions' form: ``{name}`` is one segment, ``{*name}`` the rest.

    ``success`` is the usual status; ``other`` is another one of success, and when it is answered.
    """

    name: str
    method: Method
    path: str
    summary: str
    response: type[BaseModel] | None
    request: type[BaseModel] | None = None
    query: tuple[str, ...] = ()
    success: int = 200
    other: tuple[int, str] | None = None
    auth: Auth = "caller"


EXISTS = (200, "It was there before.")
INCOMPLETE = (202, "Files are missing: upload them and send this again.")
R = responses
D = datasets
S = datastores
ROUTES = {
    route.name: route
    for route in (
        Route("health", "GET", "health", "Is the backend up?", R.Health, auth="none"),
        Route("openapi", "GET", "openapi.json", "This document.", None),
        Route("create_experiment", "POST", "experiments", "Create an experiment.", R.ExperimentModel,
              requests.ExperimentRequest, success=201, other=EXISTS),
        Route("list_experiments", "GET", "experiments", "List experiments, newest first.",
              R.ViewPage[R.ExperimentModel], query=(*PAGED, "archived")),
        Route("get_experiment", "GET", "experiments/{name}", "One experiment.", R.ExperimentModel),
        Route("archive_experiment", "POST", "experiments/{name}/archive", "Hide it from lists.", R.ExperimentModel),
        Route("reactivate_experiment", "POST", "experiments/{name}/reactivate", "Show it again.", R.ExperimentModel),
        Route("create_snapshot", "POST", "snapshots", "Freeze a source folder.", R.SnapshotResponse,
              requests.SnapshotRequest, success=201, other=INCOMPLETE),
        Route("get_snapshot", "GET", "snapshots/{snapshot_id}", "The files of a snapshot.", R.Manifest),
        Route("list_snapshot_files", "GET", "snapshots/{snapshot_id}/files", "Where to download its files from.",
              R.Page[R.SnapshotFileLink], query=PAGED),
        Route("submit_run", "POST", "runs", "Submit a run. With an Idempotency-Key, sending it again is safe.",
              R.RunResponse, submission.SubmitRunRequest, success=201, other=EXISTS),
        Route("list_runs", "GET", "runs", "List runs, newest first.", R.ViewPage[R.RunSummary],
              query=(*PAGED, "experiment", "status", "compute_target", "root")),
        Route("submit_sweep", "POST", "sweeps", "Start a sweep: many runs of one script with other parameters.",
              R.RunResponse, sweeps.SweepRequest, success=201, other=EXISTS),
        Route("get_sweep", "GET", "runs/{run_id}/sweep", "A sweep by the id of its own run, with all its trials.",
              sweeps.SweepModel),
        Route("list_children", "GET", "runs/{run_id}/children", "The runs whose parent it is, newest first.",
              R.ViewPage[R.RunSummary], query=(*PAGED, "status")),
        Route("get_run", "GET", "runs/{run_id}", "One run, now or at an earlier version.", R.RunResponse,
              query=("version",)),
        Route("update_run", "PATCH", "runs/{run_id}", "Change display name and description.", R.RunResponse,
              requests.RunUpdate),
        Route("local_attempt", "POST", "runs/{run_id}/local-attempt", "Begin a local run on this machine.",
              local_runs.LocalAttempt, local_runs.LocalAttemptRequest),
        Route("end_run", "POST", "runs/{run_id}/end", "End an interactive run.", R.RunResponse,
              local_runs.EndRequest, success=202),
        Route("uploads", "POST", "runs/{run_id}/uploads", "URLs to upload files of a run that goes on.",
              local_runs.UploadsResponse, local_runs.UploadsRequest),
        Route("list_events", "GET", "runs/{run_id}/events", "Everything that happened to a run.",
              R.Page[R.EventModel], query=("limit", "after")),
        Route("why", "GET", "runs/{run_id}/why", "Why the run is where it is.", why.Why),
        Route("cancel_run", "POST", "runs/{run_id}/cancel", "Cancel a run.", R.RunResponse, requests.CancelRequest,
              success=202),
        Route("tag_run", "POST", "runs/{run_id}/tags", "Set tags.", R.RunResponse, requests.TagsRequest),
        Route("remove_tag", "DELETE", "runs/{run_id}/tags/{*name}", "Remove a tag.", R.RunResponse),
        Route("set_properties", "POST", "runs/{run_id}/properties", "Set properties, which never change.",
              R.RunResponse, requests.PropertiesRequest),
        Route("log_metrics", "POST", "runs/{run_id}/metrics", "Add points to metrics.", R.Written,
              requests.MetricsRequest, success=201),
        Route("list_metrics", "GET", "runs/{run_id}/metrics", "The metrics of a run, with their last values.",
              R.Page[metrics.MetricSummary], query=(*PAGED, "attempt")),
        Route("get_metric", "GET", "runs/{run_id}/metrics/{*name}", "The points of one metric.", metrics.MetricPoints,
              query=("limit", "after", "attempt")),
        Route("list_files", "GET", "runs/{run_id}/files", "The files a run left.", R.Page[R.FileModel],
              query=(*PAGED, "prefix", "attempt")),
        Route("get_file", "GET", "runs/{run_id}/files/{*name}", "Where to download one file from.", R.FileLink,
              query=("attempt",)),
        Route("list_logs", "GET", "runs/{run_id}/logs", "The log files of a run.", R.Page[R.FileModel],
              query=(*PAGED, "attempt")),
        Route("read_log", "GET", "runs/{run_id}/logs/{*name}", "Text of a log file, while it is written too.", None,
              query=("offset", "attempt")),
        Route("create_compute_target", "POST", "compute-targets", "Create a compute target.",
              compute_targets.ComputeTargetModel, requests.ComputeTargetRequest, success=201, other=EXISTS),
        Route("list_compute_targets", "GET", "compute-targets", "List compute targets.",
              R.ViewPage[compute_targets.ComputeTargetModel], query=PAGED),
        Route("get_compute_target", "GET", "compute-targets/{name}", "One compute target, with what Batch says.",
              compute_targets.ComputeTargetStatus),
        Route("list_nodes", "GET", "compute-targets/{name}/nodes", "Its nodes, and what is on them.",
              R.Page[compute_targets.NodeModel]),
        Route("update_compute_target", "PATCH", "compute-targets/{name}", "Change its size limits.",
              compute_targets.ComputeTargetModel, requests.ComputeTargetUpdate),
        Route("delete_compute_target", "DELETE", "compute-targets/{name}", "Delete it.",
              compute_targets.ComputeTargetModel, success=202),
        Route("register_environment", "POST", "environments", "Register an environment: a version of its name.",
              environments.EnvironmentModel, environments.RegisterEnvironmentRequest, success=201, other=EXISTS),
        Route("list_environments", "GET", "environments", "List environments, the newest version of each.",
              R.ViewPage[environments.EnvironmentModel], query=PAGED),
        Route("get_environment", "GET", "environments/{name}", "The newest version of an environment, or another one.",
              environments.EnvironmentModel, query=("version",)),
        Route("create_dataset", "POST", "datasets", "Save a dataset; with a name, register it.", D.DatasetModel,
              D.DatasetRequest, success=201, other=EXISTS),
        Route("list_datasets", "GET", "datasets", "List registered datasets, the newest version of each.",
              R.ViewPage[D.DatasetModel], query=PAGED),
        Route("get_dataset", "GET", "datasets/{name}", "The newest version of a dataset, or another one.",
              D.DatasetModel, query=("version",)),
        Route("update_dataset", "PATCH", "datasets/{name}", "Change description and tags of a version.",
              D.DatasetModel, D.DatasetUpdate, query=("version",)),
        Route("list_dataset_versions", "GET", "datasets/{name}/versions", "All versions of a dataset, newest first.",
              R.Page[D.DatasetModel], query=PAGED),
        Route("get_saved_dataset", "GET", "dataset-ids/{dataset_id}", "A dataset by its id, registered or not.",
              D.DatasetModel),
        Route("list_dataset_files", "GET", "dataset-ids/{dataset_id}/files", "The files of a dataset, with URLs.",
              D.InputFiles, query=(*PAGED, "check")),
        Route("list_input_files", "GET", "runs/{run_id}/attempts/{attempt}/inputs/{name}",
              "For nodes: the files of an input, with URLs.", D.InputFiles, query=(*PAGED, "check"), auth="run"),
        Route("output_uploads", "POST", "runs/{run_id}/attempts/{attempt}/outputs/{name}",
              "For nodes: URLs to write files of an output.", datastores.FileUploads,
              outputs.OutputUploadsRequest, auth="run"),
        Route("register_datastore", "POST", "datastores", "Register a datastore.", S.DatastoreModel,
              S.DatastoreRequest, success=201, other=EXISTS),
        Route("list_datastores", "GET", "datastores", "List datastores, newest first.",
              R.ViewPage[S.DatastoreModel], query=PAGED),
        Route("get_datastore", "GET", "datastores/{name}", "One datastore.", S.DatastoreModel),
        Route("unregister_datastore", "DELETE", "datastores/{name}", "Forget it and its credential; the data stays.",
              S.DatastoreModel),
        Route("list_datastore_files", "GET", "datastores/{name}/files", "The files of a datastore, with URLs.",
              S.DatastoreFiles, query=(*PAGED, "prefix")),
        Route("datastore_uploads", "POST", "datastores/{name}/uploads", "URLs to write files of a datastore.",
              S.FileUploads, S.FileUploadsRequest),
        Route("get_default_datastore", "GET", "default-datastore", "The one that is meant when none is named.",
              S.DatastoreModel),
        Route("set_default_datastore", "POST", "default-datastore", "Mean this one when none is named.",
              S.DatastoreModel, S.DefaultDatastoreRequest),
        Route("register_model", "POST", "models", "Make a version of a model. With an Idempotency-Key, once.",
              models.Registration, models.ModelRequest, success=201, other=INCOMPLETE),
        Route("list_models", "GET", "models", "List versions of models, newest first.",
              R.ViewPage[models.ModelVersionModel], query=(*PAGED, "name", "run_id", "tag", "property", "newest")),
        Route("get_model", "GET", "models/{name}", "A version of a model.", models.ModelVersionModel,
              query=("version",)),
        Route("list_model_files", "GET", "models/{name}/files", "The files of a version, and where to download them.",
              R.Page[models.ModelFile], query=(*PAGED, "version")),
        Route("change_model", "PATCH", "models/{name}", "Change what is said of a version: tags, description, ...",
              models.ModelVersionModel, models.ModelUpdate, query=("version",)),
        Route("delete_model", "DELETE", "models/{name}", "Delete a version; its number is never given again.",
              models.ModelVersionModel, query=("version",)),
        Route("run_lineage", "GET", "runs/{run_id}/lineage", "What a run came of, and what came of it.",
              lineage.Lineage, query=("depth",)),
        Route("dataset_lineage", "GET", "datasets/{name}/lineage", "The runs and models of a registered dataset.",
              lineage.Lineage, query=("version", "depth")),
        Route("saved_dataset_lineage", "GET", "dataset-ids/{dataset_id}/lineage", "The runs and models of a dataset.",
              lineage.Lineage, query=("depth",)),
        Route("model_lineage", "GET", "models/{name}/lineage", "The runs and data a version of a model came of.",
              lineage.Lineage, query=("version", "depth")),
        Route("grant", "POST", "runs/{run_id}/attempts/{attempt}/grants", "For nodes: URLs to write one attempt.",
              R.GrantsResponse, requests.GrantsRequest, auth="run"),
    )
}

FOR_NODES = (
    "get_run", "update_run", "tag_run", "remove_tag", "set_properties", "log_metrics", "list_metrics", "get_metric",
    "list_files", "get_file", "list_logs", "read_log", "uploads",
    "submit_run", "end_run", "list_children", "get_sweep",
    "list_experiments", "get_experiment", "list_environments", "get_environment",
    "list_datastores", "get_datastore", "get_default_datastore",
    "list_datasets", "get_dataset", "list_dataset_versions", "get_saved_dataset", "list_dataset_files",
    "list_models", "get_model", "list_model_files", "register_model",
    "run_lineage", "dataset_lineage", "saved_dataset_lineage", "model_lineage",
)
"""What a script may do to its own run and that run's children, read of the rest, and make: a child, a model."""
NODE = "node/"
ROUTES |= {f"node_{name}": replace(ROUTES[name], name=f"node_{name}", path=NODE + ROUTES[name].path, auth="run")
           for name in FOR_NODES}
