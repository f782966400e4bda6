"""Modules of v1 that are no part of training, and kinds of compute that Runspoor does not drive."""

from __future__ import annotations

from collections.abc import Mapping

_SERVE = "download the model with Model.download and serve it with the tool of your choice"
_BATCH = "use AmlCompute, or compute_target='local' for the machine you are on"
_STEPS = "submit one run per step, each waiting for the one before, and hand over files as outputs or datasets"
_SWEEP = "sweep over the parameters of a script with HyperDriveConfig"
_NETWORK = "set it up at the deployment, with the tools of the cloud"
_MLFLOW = "log with run.log and read with run.get_metrics"
_LEGACY = "name the compute target in ScriptRunConfig or in the estimator"

SERVING: Mapping[str, str] = {
    "azureml.accel": _SERVE,
    "azureml.automl": _SWEEP,
    "azureml.contrib": "use the features of the other modules",
    "azureml.core.Image": _SERVE,
    "azureml.core.LinkedService": _NETWORK,
    "azureml.core.PrivateEndPoint": _NETWORK,
    "azureml.core.PrivateEndPointConfig": _NETWORK,
    "azureml.core.SynapseWorkspaceLinkedServiceConfiguration": _NETWORK,
    "azureml.core.Webservice": _SERVE,
    "azureml.core.attach_legacy_compute_target": _LEGACY,
    "azureml.core.databricks": _BATCH,
    "azureml.core.diagnostic_log": "set up Python's logging as your script needs it",
    "azureml.core.image": _SERVE,
    "azureml.core.is_compute_target_prepared": _LEGACY,
    "azureml.core.linked_service": _NETWORK,
    "azureml.core.prepare_compute_target": _LEGACY,
    "azureml.core.private_endpoint": _NETWORK,
    "azureml.core.profile": _SERVE,
    "azureml.core.remove_legacy_compute_target": _LEGACY,
    "azureml.core.webservice": _SERVE,
    **{f"azureml.core.compute.{kind}": _BATCH for kind in (
        "AdlaCompute", "AksCompute", "BatchCompute", "ComputeInstance", "DataFactoryCompute", "DatabricksCompute",
        "DsvmCompute", "HDInsightCompute", "KubernetesCompute", "KustoCompute", "RemoteCompute", "SynapseCompute",
        "adla", "aks", "batch", "computeinstance", "databricks", "datafactory", "dsvm", "hdinsight",
        "kubernetescompute", "kusto", "remote", "synapse")},
    "azureml.core.model.InferenceConfig": _SERVE,
    "azureml.core.model.ModelPackage": _SERVE,
    "azureml.datadrift": "compare the datasets in a script of your own",
    "azureml.dataprep": "use Dataset, or read the files with pandas",
    "azureml.explain": "explain the model in the script, and write the result to ./outputs",
    "azureml.interpret": "explain the model in the script, and write the result to ./outputs",
    "azureml.mlflow": _MLFLOW,
    "azureml.monitoring": _SERVE,
    "azureml.pipeline": _STEPS,
    "azureml.responsibleai": "evaluate the model in the script, and write the result to ./outputs",
    "azureml.telemetry": "leave it out: Runspoor collects nothing about its users",
    "azureml.tensorboard": "write event files to ./logs, download them with run.download_files('logs'), and point "
                           "TensorBoard at the folder",
    "azureml.train.automl": _SWEEP,
}
