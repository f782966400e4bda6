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

# Module below runspoor.sdk (with a dot: below runspoor); names in it, "v1's=ours" where they differ; modules below
# azureml that have these names.
_ROWS: Sequence[tuple[str, str, str]] = (
    ("exceptions", _EXCEPTIONS, "exceptions"),
    ("exceptions", "AzureMLException AzureMLAggregatedException", "_common.exceptions"),
    ("exceptions", "ActivityCanceledException " + _EXCEPTIONS, "exceptions._azureml_exception"),
    ("workspace", "Workspace", "core core.workspace"),
    ("experiment", "Experiment", "core core.experiment"),
    ("run", "Run get_run", "core core.run"),
    ("run_status", "RunStatus", "core.run"),
    ("offline_run", "_OfflineRun=OfflineRun", "core.run"),
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
    ("compute", "ComputeTargetProvisioningConfiguration", "core.compute.compute"),
    ("aml_compute", "AmlCompute", "core.compute"),
    ("aml_compute", "AmlCompute AmlComputeProvisioningConfiguration AmlComputeStatus ScaleSettings",
     "core.compute.amlcompute"),
    ("authentication", "AbstractAuthentication ArmTokenAuthentication AzureCliAuthentication MsiAuthentication "
     "InteractiveLoginAuthentication ServicePrincipalAuthentication TokenAuthentication", "core.authentication"),
    ("keyvault", "Keyvault", "core core.keyvault"),
    ("model", "Model", "core core.model"),
    ("resource_configuration", "ResourceConfiguration", "core core.resource_configuration"),
    ("dataset", "Dataset", "core core.dataset"),
    ("abstract_dataset", "AbstractDataset", "data.abstract_dataset"),
    ("file_dataset", "FileDataset", "data data.file_dataset"),
    ("tabular_dataset", "TabularDataset", "data data.tabular_dataset"),
    ("dataset_factory", "FileDatasetFactory TabularDatasetFactory", "data.dataset_factory"),
    ("table_reading", "FileEncoding PromoteHeadersBehavior", "data.dataset_type_definitions"),
    ("data_types", "DataType", "data data.dataset_factory"),
    ("dataset_errors", "DatasetExecutionError DatasetValidationError", "data.dataset_error_handling"),
    ("consumption", "DatasetConsumptionConfig", "data.dataset_consumption_config"),
    ("datastore", "Datastore", "core core.datastore"),
    ("abstract_datastore", "AbstractDatastore", "data.abstract_datastore"),
    ("storage_datastore", "AbstractAzureStorageDatastore AzureBlobDatastore AzureFileDatastore",
     "data.azure_storage_datastore"),
    ("data_lake_datastore", "AzureDataLakeGen2Datastore", "data.azure_data_lake_datastore"),
    ("output_dataset_config", "OutputFileDatasetConfig", "data data.output_dataset_config"),
    ("abstract_output", "OutputDatasetConfig", "data.output_dataset_config"),
    ("output_tables", "OutputTabularDatasetConfig TransformationMixin", "data.output_dataset_config"),
    ("data_reference", "DataReference", "data.data_reference"),
    ("data_reference", "DataReferenceConfiguration", "core.runconfig"),
    ("datapath", "DataPath DataPathComputeBinding", "data.datapath"),
    ("opendatasets", "Diabetes MNIST", "opendatasets"),
    ("hyperdrive_expressions", "choice lognormal loguniform normal qlognormal qloguniform qnormal quniform randint "
     "uniform", "train.hyperdrive train.hyperdrive.parameter_expressions"),
    ("hyperdrive_expressions", "HyperDriveConfigException", "train.hyperdrive.exceptions"),
    ("hyperdrive_sampling", "BayesianParameterSampling GridParameterSampling HyperParameterSampling "
     "RandomParameterSampling", "train.hyperdrive train.hyperdrive.sampling"),
    ("hyperdrive_policy", "BanditPolicy EarlyTerminationPolicy MedianStoppingPolicy NoTerminationPolicy "
     "TruncationSelectionPolicy", "train.hyperdrive train.hyperdrive.policy"),
    ("hyperdrive_config", "HyperDriveConfig HyperDriveRunConfig PrimaryMetricGoal",
     "train.hyperdrive train.hyperdrive.runconfig"),
    ("hyperdrive_run", "HyperDriveRun", "train.hyperdrive train.hyperdrive.run"),
    ("widget.run_details", "RunDetails", "widgets"),
)


def _modules() -> dict[str, dict[str, str]]:
    result: dict[str, dict[str, str]] = {}
    for place, names, modules in _ROWS:
        home = f"runspoor.{place}" if "." in place else f"runspoor.sdk.{place}"
        offered = {v1: f"{home}:{ours or v1}" for v1, _, ours in (name.partition("=") for name in names.split())}
        for module in modules.split():
            result.setdefault(f"azureml.{module}", {}).update(offered)
    for module in list(result):
        while module := module.rpartition(".")[0]:
            result.setdefault(module, {})
    return result


OFFERED: Mapping[str, Mapping[str, str]] = _modules()
"""v1 module -> name -> where that is: ``module:name``."""


def children(module: str) -> Sequence[str]:
    """The last parts of the names of the modules right below."""
    below = (name.rpartition(".") for name in OFFERED)
    return [last for parent, _, last in below if parent == module]
