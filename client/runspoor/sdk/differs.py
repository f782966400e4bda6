"""What works and yet not quite as in v1: the v1 name, and how (a clause without a full stop)."""

from __future__ import annotations

from collections.abc import Mapping

_KEY = "taken and not used: a key of the environment or the keyring is shown"
_MOUNT = "read-only; where the machine cannot mount, the files are downloaded, and that is said"
_SPREAD = "Mpi, IntelMpi and OpenMpi are all Open MPI; ParallelTask is not offered"
_NEWEST = "no version of the framework is pinned unless framework_version names one"
_WORKERS = "worker_count is node_count: one worker on each node, parameter servers beside them"

DIFFERS: Mapping[str, str] = {
    "azureml.core.Workspace": "the names of subscription, group and workspace are kept as given; the backend is the "
                              "one of config.json or RUNSPOOR_URL, and `auth` is not used",
    "azureml.core.Workspace.get": "finds the backend of config.json or RUNSPOOR_URL, whatever name is given",
    "azureml.core.Workspace.location": "the host of the backend",
    "azureml.core.Workspace.sku": "as given; there are no price levels",
    "azureml.core.Workspace.get_default_keyvault": "an object whose methods say what to do instead",
    "azureml.core.Run.add_properties": "a property that is set keeps its value; another one is an error",
    "azureml.core.Run.cancel": "a run that has begun is Canceled once its script has stopped",
    "azureml.core.Run.get_details": "the dictionary's entries can be read as attributes too: get_details().status",
    "azureml.core.Run.parent": "inside a script it has its id, and nothing may be asked or logged",
    "azureml.core.Run.submit_child": "not from inside a script: it may begin interactive children with child_run",
    "azureml.core.Run.wait_for_completion": "returns when the run has ended and all it left is stored, with and "
                                            "without output; raises when the run failed in both cases",
    "azureml.core.ScriptRunConfig": "command: without a shell; resume_from: not offered",
    "azureml.core.Environment.get": "label: only Latest",
    "azureml.core.RunConfiguration.communicator": _SPREAD,
    "azureml.core.RunConfiguration.data_references": "an upload needs its path_on_compute",
    "azureml.core.RunConfiguration.priority": "below 0 is low, above 0 is high: which waiting run gets nodes first",
    "azureml.core.RunConfiguration.services": "taken, and makes no difference",
    "azureml.core.RunConfiguration.source_directory_data_store": "a blob container; others are refused",
    "azureml.core.RunConfiguration.credential_passthrough": "only False",
    "azureml.core.RunConfiguration.amlcompute": "a cluster for one run is not offered: make one with min_nodes=0",
    "azureml.core.RunConfiguration.auto_prepare_environment": "always true",
    "azureml.core.conda_dependencies.CondaDependencies": "holds what was asked for and nothing else: no "
                                                         "azureml-defaults, no further package index",
    "azureml.core.conda_dependencies.CondaDependencies.create": "pin_sdk_version has no meaning; packages called "
                                                                "azureml-* are mapped to Runspoor on the node",
    "azureml.core.conda_dependencies.CondaDependencies.get_python_version": "None when no version was asked for",
    "azureml.core.environment.DockerSection.base_image": "v1's default image stands for the node itself",
    "azureml.core.container_registry.ContainerRegistry": "username and password are refused at submit: log the nodes "
                                                         "in",
    "azureml.core.ComputeTarget.create": "a cluster of the same name, size and priority is used again, with the new "
                                         "limits",
    "azureml.core.compute.AmlCompute.provisioning_configuration":
        "numbers may be texts; sizes that Azure retired become their successors; tags, description and location are "
        "not kept; users, networks and identities are not offered",
    "azureml.core.Model.get_sas_urls": "good for 15 minutes",
    "azureml.core.Model.get_model_path": "downloads into azureml-models what is not on this machine",
    "azureml.data.FileDataset.as_mount": _MOUNT,
    "azureml.data.FileDataset.mount": f"{_MOUNT}; the folder must be empty",
    "azureml.data.FileDataset.download": "the layout of a mount: without the sources' common parent",
    "azureml.data.dataset_consumption_config.DatasetConsumptionConfig.as_mount": _MOUNT,
    "azureml.data.data_reference.DataReference.as_mount": _MOUNT,
    "azureml.data.data_reference.DataReference.as_upload": "path_on_compute says what is copied, and has to be given; "
                                                           "after a run that failed nothing is",
    "azureml.core.Datastore.register_azure_blob_container":
        "blob_cache_timeout, grant_workspace_access, subscription_id and resource_group make no difference",
    "azureml.core.Datastore.register_azure_data_lake_gen2": "the backend's identity opens it; client_id and "
                                                            "client_secret are refused",
    "azureml.data.azure_storage_datastore.AbstractAzureStorageDatastore": "account_key and sas_token of one that was "
                                                                          "found are None: only the backend has them",
    "azureml.data.dataset_factory.FileDatasetFactory.from_files": "paths are looked at when the dataset is registered "
                                                                  "or first used; partition_format is not offered",
    "azureml.data.OutputFileDatasetConfig": "partition_format is not offered",
    "azureml.data.output_dataset_config.OutputDatasetConfig.as_input":
        "of a run submitted after the one that writes it: submitting waits for that one's end",
    **{f"azureml.data.dataset_factory.TabularDatasetFactory.from_{kind}_files": "nothing is read before rows are asked "
       "for; bad rows and unreadable bytes are errors with file and row" for kind in ("delimited", "json_lines")},
    "azureml.data.dataset_factory.TabularDatasetFactory.register_pandas_dataframe": "one Parquet file, which is "
        "replaced where make_target_path_unique is False",
    "azureml.data.TabularDataset.to_pandas_dataframe": "NaN in columns of text is missing, as the pages say; columns "
        "are what all of their values are, not only those of a sample",
    "azureml.train.estimator.Estimator": "vm_size and resume_from are refused at submit",
    **{f"azureml.train.{kind}": _NEWEST for kind in ("dnn.Chainer", "dnn.PyTorch", "sklearn.SKLearn")},
    "azureml.train.dnn.TensorFlow": f"{_NEWEST}; {_WORKERS}",
    **{f"azureml.core.authentication.{kind}Authentication": _KEY for kind in (
        "ArmToken", "AzureCli", "InteractiveLogin", "Msi", "ServicePrincipal", "Token")},
    "azureml.train.hyperdrive.HyperDriveConfig": "pipeline, resume_from and resume_child_runs are refused; the id of a "
                                                 "run is hd_<guid> in lower case",
    "azureml.train.hyperdrive.HyperDriveRun.hyperdrive_config": "None of a sweep that was looked up",
    "azureml.opendatasets.MNIST.get_file_dataset": "RUNSPOOR_OPENDATASETS_URL names a mirror",
    "azureml.widgets.RunDetails.show": "outside a notebook prints the run as text",
}
