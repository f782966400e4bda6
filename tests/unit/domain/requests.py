"""Commands the tests of the domain send again and again, and how to draw any of them."""

from hypothesis import strategies as st

from shared.domain.compute import (
    ComputeCommand,
    ComputeSpec,
    CreateCompute,
    RecordDeleted,
    RecordMended,
    RecordProvisioned,
    RecordRefused,
    RecordScaled,
    RequestDeletion,
    UpdateCompute,
)
from shared.domain.dataset import (
    DatasetCommand,
    DatasetDefinition,
    DescribeDataset,
    Pin,
    RegisterDataset,
    SaveDataset,
    Source,
    Step,
)
from shared.domain.datastore import (
    DatastoreCommand,
    DatastoreDefinition,
    RecordForgotten,
    RegisterDatastore,
    ReserveSecret,
    UnregisterDatastore,
)
from shared.domain.definition import (
    LOCAL,
    DatastorePath,
    Environment,
    Launch,
    Output,
    Outputs,
    Packages,
    Report,
    RunDefinition,
    Snapshot,
)
from shared.domain.environment import RegisterEnvironment
from shared.domain.experiment import ArchiveExperiment, CreateExperiment, ExperimentCommand, ReactivateExperiment
from shared.domain.model import ChangeModel, DeleteModel, Description, Files, ModelCommand, RegisterModel, RunFiles
from shared.domain.run_commands import (
    DescribeRun,
    EndInteractive,
    EndRun,
    GiveUp,
    OpenAttempt,
    RecordCancelDelivered,
    RecordDelay,
    RecordLost,
    RecordQueued,
    RecordReport,
    RecordScriptStarted,
    RecordStarted,
    RecordStored,
    RemoveTag,
    RequestCancel,
    RunCommand,
    SetProperties,
    SubmitRun,
    TagRun,
)
from shared.domain.run_events import OutputStored
from shared.domain.sweep import (
    EndSweep,
    PlanTrial,
    RecordEnded,
    RecordStopped,
    RecordSubmitted,
    StartSweep,
    StopSweep,
    SweepCommand,
)
from shared.domain.sweep_events import SweepDefinition
from shared.domain.sweep_space import Choice
from shared.domain.value import Reason
from shared.domain.workspace import SetDefaultDatastore

DEFINITION = RunDefinition(
    experiment="digits", snapshot=Snapshot(id="a" * 64, files=1, bytes=1), launch=Launch(script="train.py"),
    compute_target="cpu", max_attempts=2, max_run_duration_seconds=60,
)
ON_CALLER = DEFINITION.model_copy(update={"compute_target": LOCAL, "max_attempts": 1})
INTERACTIVE = ON_CALLER.model_copy(update={"snapshot": None, "launch": Launch()})
PLACE = DatastorePath(datastore="workspaceblobstore", path="dataset/digits_1")
WRITING = DEFINITION.model_copy(update={"outputs": {"model": Output(path=PLACE), "plots": Output(
    path=DatastorePath(datastore="pictures", path="plots"), mode="upload")}})
GONE = Reason(code="NodeLost", message="Its node was lost.")
SILENT = Reason(code="NoReport", message="It said nothing.")
WHY = Reason(code="ScriptFailed", message="The script ended with exit code 1.")
SUCCESS = Report(outcome="succeeded", exit_code=0, outputs=Outputs(files=1, bytes=2))
FAILURE = Report(outcome="failed", exit_code=1, reason=WHY)
STOPPED = Report(outcome="canceled", reason=Reason(code="Canceled", message="Stopped."))
TOO_LONG = Report(outcome="time_limit", reason=Reason(code="TimeLimit", message="Passed its limit."))

SUBMIT = SubmitRun(DEFINITION)
SUBMIT_WRITING = SubmitRun(WRITING)
SUBMIT_LOCAL = SubmitRun(ON_CALLER)
SUBMIT_INTERACTIVE = SubmitRun(INTERACTIVE)
OPEN = OpenAttempt(1)
QUEUED = RecordQueued(1, "digits_1-a1")
STARTED = RecordStarted(1, "node-1")
SCRIPT = RecordScriptStarted(1)
REPORTED = RecordReport(1, SUCCESS)
END = EndRun(Outputs(files=1, bytes=2))
CANCEL = RequestCancel("caller/default", "wrong data")
TO_QUEUED = (SUBMIT, OPEN, QUEUED)
TO_STARTING = (*TO_QUEUED, STARTED)
TO_RUNNING = (*TO_STARTING, SCRIPT)
TO_FINALIZING = (*TO_RUNNING, REPORTED)
TO_END = (*TO_FINALIZING, END)

ATTEMPTS = st.integers(0, 3)
NAMES = st.sampled_from(["stage", "owner"])
PAIRS = st.dictionaries(NAMES, st.sampled_from(["1", "2"]), max_size=2)
TEXTS = st.sampled_from([None, "", "new"])
REASONS = st.sampled_from([GONE, SILENT, WHY, Reason(code="TimeLimit", message="Passed its limit.")])
POSITIONS = st.none() | st.tuples(st.integers(1, 2), st.integers(0, 2))

RUN_COMMANDS: st.SearchStrategy[RunCommand] = st.one_of(
    st.builds(SubmitRun, st.sampled_from(
        [DEFINITION, DEFINITION.model_copy(update={"display_name": "other"}), ON_CALLER, INTERACTIVE])),
    st.builds(OpenAttempt, ATTEMPTS),
    st.builds(RecordQueued, ATTEMPTS, st.just("task")),
    st.builds(RecordStarted, ATTEMPTS, st.just("node-1")),
    st.builds(RecordScriptStarted, ATTEMPTS),
    st.builds(RecordLost, ATTEMPTS, REASONS),
    st.builds(RecordReport, ATTEMPTS, st.sampled_from([SUCCESS, FAILURE, STOPPED, TOO_LONG])),
    st.builds(RequestCancel, st.just("caller"), st.none() | st.just("why")),
    st.builds(RecordCancelDelivered, ATTEMPTS),
    st.builds(RecordDelay, REASONS),
    st.builds(GiveUp, ATTEMPTS, REASONS),
    st.builds(RecordStored, st.builds(OutputStored, attempt=ATTEMPTS, name=st.sampled_from(["model", "plots", "?"]),
                                      files=st.integers(0, 1))),
    st.builds(EndRun, st.just(Outputs()), st.none() | REASONS),
    st.builds(EndInteractive, st.sampled_from([SUCCESS, FAILURE])),
    st.builds(TagRun, PAIRS, POSITIONS),
    st.builds(RemoveTag, NAMES),
    st.builds(SetProperties, PAIRS),
    st.builds(DescribeRun, TEXTS, TEXTS),
)
SWEEP = SweepDefinition(
    trial={"experiment": "digits", "compute_target": "cpu", "script": "train.py", "snapshot_id": "a" * 64},
    sampling="grid", space={"x": Choice(values=(1, 2, 3))}, seed=1, primary_metric="loss", goal="minimize",
    max_total_runs=5, max_concurrent_runs=2, max_duration_seconds=60)
SWEEP_RUN = INTERACTIVE.model_copy(update={"sweep": True, "compute_target": "cpu"})
START = StartSweep(SWEEP, SWEEP_RUN)
TRIALS = st.integers(0, 3)
METRICS = st.none() | st.sampled_from([0.25, 0.5])
SWEEP_COMMANDS: st.SearchStrategy[SweepCommand] = st.one_of(
    st.sampled_from([START, StartSweep(SWEEP.model_copy(update={"seed": 2}), SWEEP_RUN)]),
    st.builds(PlanTrial, TRIALS, st.builds(dict, x=st.integers(1, 3))),
    st.builds(RecordSubmitted, TRIALS),
    st.builds(RecordStopped, TRIALS, REASONS),
    st.builds(RecordEnded, TRIALS, st.sampled_from(["Completed", "Failed", "Canceled"]), METRICS, st.none() | REASONS),
    st.builds(StopSweep, st.just("canceled"), REASONS),
    st.builds(EndSweep, st.sampled_from(["succeeded", "failed"]), st.none() | REASONS),
)
EXPERIMENT_COMMANDS: st.SearchStrategy[ExperimentCommand] = st.one_of(
    st.builds(CreateExperiment, st.none() | st.just("Ziffern"), PAIRS),
    st.just(ArchiveExperiment()),
    st.just(ReactivateExperiment()),
)
RUN_FILES = RunFiles(run_id="r1", attempt=1, experiment="digits", folder="outputs/")
UPLOADED = Files(manifest="a" * 64, path="net.pkl", count=1, bytes=9)
OF_RUN = Files(manifest="b" * 64, path="outputs/net.pkl", count=1, bytes=9, run=RUN_FILES)
NUMBERS = st.integers(0, 4)
MODEL_COMMANDS: st.SearchStrategy[ModelCommand] = st.one_of(
    st.builds(RegisterModel, st.text("abc", min_size=1, max_size=1), st.sampled_from([UPLOADED, OF_RUN]),
              st.builds(Description, description=st.none() | st.just("Ziffern"), tags=PAIRS, properties=PAIRS)),
    st.builds(ChangeModel, NUMBERS, st.none() | st.just("changed"), PAIRS, st.lists(NAMES).map(tuple), PAIRS),
    st.builds(DeleteModel, NUMBERS),
)
SPECS = st.builds(ComputeSpec, vm_size=st.sampled_from(["small", "large"]), min_nodes=st.integers(0, 1),
                  max_nodes=st.integers(1, 3))
COMPUTE_COMMANDS: st.SearchStrategy[ComputeCommand] = st.one_of(
    st.builds(CreateCompute, SPECS),
    st.builds(UpdateCompute, st.none() | st.integers(0, 4), st.none() | st.integers(0, 4), st.none() | st.just(60)),
    st.just(RecordProvisioned()),
    st.builds(RecordRefused, REASONS),
    st.builds(RecordScaled, st.integers(0, 3)),
    st.builds(RecordMended, st.sampled_from([(), ("node-1",)])),
    st.just(RequestDeletion("caller")),
    st.just(RecordDeleted()),
)
WEB = DatasetDefinition(kind="file", sources=(Source(url="https://data.example/a.gz"),))
STORED = DatasetDefinition(kind="file", sources=(Source(datastore="workspaceblobstore", path="digits"),))
PINNED = STORED.model_copy(update={"steps": (Step(kind="take", count=3),),
                                   "pin": Pin(digest="0" * 64, files=3, bytes=9)})
DEFINITIONS = st.sampled_from([WEB, STORED, PINNED, PINNED.model_copy(update={"pin": None})])
ENVIRONMENT_COMMANDS: st.SearchStrategy[RegisterEnvironment] = st.builds(RegisterEnvironment, st.sampled_from([
    Environment(), Environment(python="/opt/python"), Environment(packages=Packages(pip=("numpy",)))]))
PICTURES = DatastoreDefinition(kind="blob", account="photos", container="pictures",
                               endpoint="https://photos.blob.core.windows.net")
BY_KEY = PICTURES.model_copy(update={"access": "account_key", "secret": "datastore-pictures-1"})
BY_SAS = PICTURES.model_copy(update={"access": "sas", "secret": "datastore-pictures-2"})
DATASTORE_COMMANDS: st.SearchStrategy[DatastoreCommand] = st.one_of(
    st.builds(RegisterDatastore, st.sampled_from(["pictures", "Pictures"]),
              st.sampled_from([PICTURES, BY_KEY, BY_SAS]), st.booleans()),
    st.just(UnregisterDatastore()),
    st.builds(ReserveSecret, st.sampled_from([BY_KEY.secret, BY_SAS.secret])),
    st.builds(RecordForgotten, st.sampled_from([BY_KEY.secret, BY_SAS.secret])),
)
WORKSPACE_COMMANDS: st.SearchStrategy[SetDefaultDatastore] = st.builds(
    SetDefaultDatastore, st.sampled_from(["pictures", "workspaceblobstore"]))
SAVED_DATASET_COMMANDS: st.SearchStrategy[SaveDataset] = st.builds(
    SaveDataset, DEFINITIONS, st.sampled_from([None, "digits"]))
DATASET_COMMANDS: st.SearchStrategy[DatasetCommand] = st.one_of(
    st.builds(RegisterDataset, st.sampled_from(["1", "2"]), DEFINITIONS, st.none() | st.just("Ziffern"), PAIRS,
              st.booleans()),
    st.builds(DescribeDataset, st.integers(0, 3), st.none() | st.just("digits"), st.none() | PAIRS),
)
