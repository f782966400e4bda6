"""Which names the modules of v1 have, and where in ``runspoor.sdk`` each is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

V1_VERSION = "1.61.0"
"""The release of azureml-core whose names and signatures these are: ``azureml.core.VERSION``."""

_EXCEPTIONS = (
    "ActivityFailedException AuthenticationException AzureMLAggregatedException AzureMLException "
    "ComputeTargetException DatasetTimestampMissingError DiscoveryUrlNotFoundException ExperimentExecutionException "
    "ModelNotFoundException ModelPathNotFoundException ParallelRunException ProjectSystemException "
    "RunConfigurationException RunEnvironmentException ServiceException SnapshotException TrainingException "
    "UserErrorException WebserviceException WorkspaceException WorkspacePrivateEndpointException")

# Module below runspoor.sdk; names in it; modules below azureml that have these names.
_ROWS: Sequence[tuple[str, str, str]] = (
    ("exceptions", _EXCEPTIONS, "exceptions"),
    ("exceptions", "AzureMLException AzureMLAggregatedException", "_common.exceptions"),
    ("exceptions", "ActivityCanceledException " + _EXCEPTIONS, "exceptions._azureml_exception"),
    ("workspace", "Workspace", "core core.workspace"),
    ("experiment", "Experiment", "core core.experiment"),
    ("run", "Run get_run", "core core.run"),
    ("run_status", "RunStatus", "core.run"),
    ("offline_run", "_OfflineRun", "core.run"),
    ("script_run", "ScriptRun", "core core.script_run"),
    ("script_run_config", "ScriptRunConfig", "core core.script_run_config"),
    ("run_configuration", "RunConfiguration", "core core.runconfig"),
    ("run_configuration", "AmlComputeConfiguration HistoryConfiguration", "core.runconfig"),
    ("run_data", "Data DataLocation DataPath GlobsOptions OutputData OutputOptions RegistrationOptions UploadOptions",
     "core.runconfig"),
    ("distribution", "MpiConfiguration ParallelTaskConfiguration PyTorchConfiguration TensorflowConfiguration",
     "core.runconfig"),
    ("distribution", "Gloo Mpi Nccl ParameterServer", "train.dnn"),
    ("distribution", "Mpi", "train.estimator"),
    ("docker", "DEFAULT_CPU_IMAGE DEFAULT_GPU_IMAGE", "core.environment core.runconfig"),
    ("docker", "ContainerRegistry", "core core.container_registry core.environment core.runconfig"),
    ("docker", "DockerBuildContext DockerSection", "core.environment"),
    ("docker", "DockerConfiguration", "core.runconfig"),
    ("environment", "Environment", "core core.environment"),
    ("python_section", "PythonSection", "core.environment"),
    ("estimator", "Estimator MMLBaseEstimator", "train.estimator"),
    ("frameworks", "Chainer PyTorch TensorFlow", "train.dnn"),
    ("frameworks", "SKLearn", "train.sklearn"),
    ("conda_dependencies", "CondaDependencies", "core.conda_dependencies core.environment core.runconfig"),
    ("compute", "ComputeTarget", "core core.compute core.compute.compute"),
    ("aml_compute", "AmlCompute", "core.compute core.compute.amlcompute"),
    ("model", "Model", "core core.model"),
    ("dataset", "Dataset", "core core.dataset"),
    ("datastore", "Datastore", "core core.datastore"),
    ("run_details", "RunDetails", "widgets"),
)
# The packages that have no names of their own.
_BARE = ("", "train")


def _modules() -> dict[str, dict[str, str]]:
    result: dict[str, dict[str, str]] = {}
    for place, names, modules in _ROWS:
        for module in modules.split():
            result.setdefault(f"azureml.{module}", {}).update(dict.fromkeys(names.split(), f"runspoor.sdk.{place}"))
    for bare in _BARE:
        result.setdefault(f"azureml.{bare}".rstrip("."), {})
    return result


OFFERED: Mapping[str, Mapping[str, str]] = _modules()
"""v1 module -> name -> module that implements the name."""


def children(module: str) -> Sequence[str]:
    """The last parts of the names of the modules right below."""
    below = (name.rpartition(".") for name in OFFERED)
    return [last for parent, _, last in below if parent == module]
