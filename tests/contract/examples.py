"""One example of every event, and commits made of them."""

from datetime import UTC, datetime

from shared.application.ports import Commit
from shared.domain import (
    compute,
    dataset,
    datastore,
    definition,
    environment,
    experiment,
    model,
    run_events,
    sweep_events,
    workspace,
)
from shared.domain.definition import (
    DatastorePath,
    Environment,
    Image,
    Input,
    InputArgument,
    Launch,
    Output,
    OutputArgument,
    Outputs,
    Packages,
    Registration,
    Report,
    RunDefinition,
    Snapshot,
)
from shared.domain.sweep_policy import Policy
from shared.domain.sweep_space import Choice, Gaussian, Randint, Range
from shared.domain.value import Reason, Value

AT = datetime(2026, 11, 20, 19, 30, 0, 123456, UTC)
REASON = Reason(code="NodeLost", message="Attempt 1 was lost: größere Störung 🦊.")
DEFINITION = RunDefinition(
    experiment="digits",
    snapshot=Snapshot(id="ab" * 32, files=2, bytes=1234),
    launch=Launch(script="train.py", arguments=("--epochs", "3")),
    compute_target="cpu",
    environment=Environment(python="/opt/python/bin/python", variables={"MODE": "fast"}),
    max_run_duration_seconds=3600,
    grace_seconds=30,
    max_attempts=5,
    display_name="first try",
)
REPORT = Report(
    outcome="failed", exit_code=1, started_at=AT, ended_at=datetime(2026, 11, 20, 19, 31, tzinfo=UTC),
    reason=Reason(code="ScriptFailed", message="The script ended with exit code 1."),
    last_lines=("Traceback", "ValueError: ß"), outputs=Outputs(files=3, bytes=99), metric_chunks=4,
)
SPEC = compute.ComputeSpec(
    vm_size="STANDARD_D2S_V3", min_nodes=1, max_nodes=4, idle_seconds_before_scaledown=600, vm_priority="low_priority")

TABLE = dataset.DatasetDefinition(
    kind="tabular",
    sources=(dataset.Source(url="https://data.example/titanic.csv"),
             dataset.Source(datastore="workspaceblobstore", path="titanic/more")),
    reading=dataset.Reading(format="delimited", separator=";", encoding="latin1"),
)
SHARE = datastore.DatastoreDefinition(
    kind="share", account="photos", container="pictures", endpoint="https://photos.file.core.windows.net",
    access="account_key", secret="datastore-pictures-5f2c")
LAKE = datastore.DatastoreDefinition(
    kind="gen2", account="photos", container="pictures", endpoint="https://photos.blob.core.windows.net")

TABLE_ID = "0a1b2c3d-4e5f-6a7b-8c9d-0e1f2a3b4c5d"

MODEL_FILES = model.Files(
    manifest="cd" * 32, path="outputs/net", count=2, bytes=99,
    run=model.RunFiles(run_id="digits_5f2c", attempt=2, experiment="digits", folder="outputs/"))
RESOURCES = model.Resources(cpu=0.5, memory_in_gb=2, gpu=1)
TRAINING = model.ModelDataset(scenario="training", dataset_id="b9d5")
MODEL_SAID = model.Description(
    description="Ziffern", tags={"stage": "test"}, properties={"commit": "abc"}, framework="ScikitLearn",
    framework_version="1.7", resources=RESOURCES, datasets=(TRAINING,))
SWEEP = sweep_events.SweepDefinition(
    trial={"experiment": "digits", "snapshot_id": "ab" * 32, "compute_target": "cpu", "script": "train.py"},
    sampling="random",
    space={"--rate": Range(kind="loguniform", min=-5.5, max=0), "batch": Choice(values=(16, 32.5, True, "größer")),
           "layers": Randint(upper=4), "width": Gaussian(kind="qnormal", mu=64, sigma=8.5, q=4)},
    seed=7, primary_metric="loss", goal="minimize",
    policy=Policy(kind="bandit", evaluation_interval=2, delay_evaluation=5, slack_factor=0.25),
    max_total_runs=20, max_concurrent_runs=4, max_duration_seconds=3600,
)
EXAMPLES: dict[tuple[str, int], Value] = {
    ("run.submitted", 1): run_events.RunSubmitted(
        definition=DEFINITION, tags={"stage": "tuning"}, properties={"commit": "abc"}),
    ("run.attempt_opened", 1): run_events.AttemptOpened(attempt=1),
    ("run.attempt_queued", 1): run_events.AttemptQueued(attempt=1, task_id="digits_5f2c-a1"),
    ("run.attempt_started", 1): run_events.AttemptStarted(attempt=1, node="tvmps_1"),
    ("run.script_started", 1): run_events.ScriptStarted(attempt=1),
    ("run.attempt_lost", 1): run_events.AttemptLost(attempt=1, reason=REASON),
    ("run.attempt_ended", 1): run_events.AttemptEnded(attempt=1, report=REPORT),
    ("run.late_report_ignored", 1): run_events.LateReportIgnored(attempt=1, outcome="succeeded"),
    ("run.cancel_requested", 1): run_events.CancelRequested(by="caller/default", reason="wrong data"),
    ("run.cancel_delivered", 1): run_events.CancelDelivered(attempt=1),
    ("run.delay_reported", 1): run_events.DelayReported(
        reason=Reason(code="AccountCoreQuotaReached", message="The account has no cores left.")),
    ("run.output_stored", 1): run_events.OutputStored(
        attempt=2, name="model", dataset=TABLE_ID, files=3, bytes=99, complete=True, others=1, registered_as="nets",
        version=4),
    ("run.ended", 1): run_events.RunEnded(status="Failed", reason=REASON, outputs=Outputs(files=3, bytes=99)),
    ("run.tagged", 1): run_events.RunTagged(tags={"stage": "done"}, position=(1, 7)),
    ("run.tag_removed", 1): run_events.TagRemoved(name="stage"),
    ("run.described", 1): run_events.RunDescribed(display_name="größer", description=""),
    ("run.properties_set", 1): run_events.PropertiesSet(properties={"commit": "abc"}),
    ("sweep.started", 1): sweep_events.SweepStarted(
        definition=SWEEP, tags={"stage": "tuning"}, properties={"commit": "abc"},
        run=RunDefinition(experiment="digits", snapshot=None, launch=Launch(), compute_target="cpu", sweep=True,
                          max_attempts=1)),
    ("sweep.trial_planned", 1): sweep_events.TrialPlanned(
        number=3, parameters={"--rate": 0.05, "batch": 16, "layers": 2, "quiet": True, "name": "größer"}),
    ("sweep.trial_submitted", 1): sweep_events.TrialSubmitted(number=3),
    ("sweep.trial_stopped", 1): sweep_events.TrialStopped(number=3, reason=REASON),
    ("sweep.trial_ended", 1): sweep_events.TrialEnded(number=3, status="Failed", metric=0.5, reason=REASON),
    ("sweep.stopped", 1): sweep_events.SweepStopped(outcome="time_limit", reason=REASON),
    ("sweep.ended", 1): sweep_events.SweepEnded(outcome="failed", reason=REASON),
    ("experiment.created", 1): experiment.ExperimentCreated(description="Ziffern", tags={"team": "vision"}),
    ("experiment.archived", 1): experiment.ExperimentArchived(),
    ("experiment.reactivated", 1): experiment.ExperimentReactivated(),
    ("compute.created", 1): compute.ComputeCreated(spec=SPEC),
    ("compute.updated", 1): compute.ComputeUpdated(spec=SPEC),
    ("compute.provisioned", 1): compute.ComputeProvisioned(),
    ("compute.refused", 1): compute.ComputeRefused(
        reason=Reason(code="PoolQuotaReached", message="The account has no pools left.")),
    ("compute.scaled", 1): compute.ComputeScaled(nodes=3),
    ("compute.mended", 1): compute.ComputeMended(nodes=("tvmps_1", "tvmps_2")),
    ("compute.deletion_requested", 1): compute.ComputeDeletionRequested(by="caller/default"),
    ("compute.deleted", 1): compute.ComputeDeleted(),
    ("model.registered", 1): model.ModelRegistered(
        number=3, registration="key-1", files=MODEL_FILES, said=MODEL_SAID),
    ("model.changed", 1): model.ModelChanged(
        number=3, description="", tags={"stage": "prod"}, removed_tags=("old",), properties={"by": "me"},
        resources=RESOURCES, datasets=(TRAINING,)),
    ("model.deleted", 1): model.ModelDeleted(number=3),
    ("environment.registered", 1): environment.EnvironmentRegistered(definition=definition.Environment(
        packages=definition.Packages(python_version="3.8", channels=("conda-forge",), conda=("scikit-learn=1.0",),
                                     pip=("azureml-defaults", "numpy<2")),
        image=definition.Image(name="mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04"),
        variables={"GREETING": "Grüße"})),
    ("dataset.saved", 1): dataset.DatasetSaved(definition=TABLE, name="titanic"),
    ("dataset.registered", 1): dataset.DatasetRegistered(
        number=2, id=TABLE_ID, definition=TABLE, description="Fahrgäste", tags={"team": "vision"}),
    ("dataset.described", 1): dataset.DatasetDescribed(number=2, description="Passagiere", tags={"team": "audio"}),
    ("datastore.registered", 1): datastore.DatastoreRegistered(name="Pictures", definition=SHARE),
    ("datastore.replaced", 1): datastore.DatastoreReplaced(name="pictures", definition=LAKE),
    ("datastore.unregistered", 1): datastore.DatastoreUnregistered(),
    ("datastore.secret_reserved", 1): datastore.SecretReserved(secret="datastore-pictures-5f2c"),
    ("datastore.secret_forgotten", 1): datastore.SecretForgotten(secret="datastore-pictures-5f2c"),
    ("workspace.default_datastore_set", 1): workspace.DefaultDatastoreSet(name="pictures"),
}
"""Name and version -> what the stored example of that version means today."""

VARIANTS: dict[tuple[str, int, str], Value] = {
    ("run.submitted", 1, "everything"): run_events.RunSubmitted(definition=DEFINITION.model_copy(update={
        "launch": Launch(command=("python", "-m", "train", InputArgument(input="digits"))),
        "environment": Environment(
            name="digits", version="3", variables={"MODE": "fast"}, image=Image(name="registry.example/digits:1"),
            packages=Packages(python_version="3.8", channels=("conda-forge",), conda=("numpy=1.21",),
                              pip=("pandas<2",))),
        "inputs": {"digits": Input(dataset="digits-id", mode="download", path_on_compute="/tmp/digits"),
                   "extra": Input(path=DatastorePath(datastore="workspaceblobstore", path="extra"))},
        "compatibility": "azureml-v1", "description": "Ziffern"})),
    ("run.submitted", 1, "outputs"): run_events.RunSubmitted(definition=DEFINITION.model_copy(update={
        "launch": Launch(script="train.py", arguments=("--to", OutputArgument(output="model"))),
        "outputs": {
            "model": Output(path=DatastorePath(datastore="workspaceblobstore", path="dataset/digits_5f2c/model"),
                            register_as=Registration(name="nets", description="Netze", tags={"stage": "test"})),
            "plots": Output(path=DatastorePath(datastore="pictures"), mode="upload", path_on_compute="./plots",
                            overwrite=True, globs=("**/*.png",), prepared=False)}})),
    ("run.attempt_ended", 1, "outputs"): run_events.AttemptEnded(attempt=2, report=Report(
        outcome="succeeded", exit_code=0, written=(definition.Written(name="model", files=3, bytes=99, failed=1),))),
    ("dataset.saved", 1, "pinned"): dataset.DatasetSaved(name="digits", definition=dataset.DatasetDefinition(
        kind="file", sources=(dataset.Source(datastore="workspaceblobstore", path="digits/*.gz"),),
        steps=(dataset.Step(kind="take", count=5),
               dataset.Step(kind="sample", share=0.5, seed=7, complement=True)),
        pin=dataset.Pin(digest="5f" * 32, files=3, bytes=99))),
    ("run.submitted", 1, "local"): run_events.RunSubmitted(
        definition=DEFINITION.model_copy(update={"compute_target": "local", "max_attempts": 1})),
    ("run.submitted", 1, "interactive"): run_events.RunSubmitted(
        definition=DEFINITION.model_copy(update={"compute_target": "local", "snapshot": None, "launch": Launch(),
                                                 "max_attempts": 1})),
}
"""Further stored examples: name, version and what is special -> what it means today."""


def commit(stream: str, version: int, *events: Value, command_id: str = "c-1") -> Commit:
    """A commit of ``events``; of one small event when none are given."""
    return Commit(stream, version, AT, command_id, "caller/default", "http", events or (ATTEMPT,))


ATTEMPT = EXAMPLES["run.attempt_opened", 1]
