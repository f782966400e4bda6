"""What workspaces, experiments, runs, models and compute targets of v1 have and Runspoor's have not."""

from __future__ import annotations

from collections.abc import Mapping

_SERVE = "download the model with Model.download and serve it with the tool of your choice"
_NETWORK = "set it up at the deployment, with the tools of the cloud"
_SECRET = "Runspoor keeps no secrets: put them into the environment variables of the node, or read your own key vault"
_ONE = "a backend is one workspace: deploy another, and choose it with Workspace.from_config or RUNSPOOR_URL"
_CONNECTION = "give the environment an index URL, or the node its credentials"
_KEY = "Runspoor shows a key: get_authentication_header() gives the header, `runspoor login` stores the key"
_IDENTITY = "the nodes have the identity that the deployment gives the pool"
_ATTACH = "create a compute target with ComputeTarget.create"
_LIMITS = "ask the Batch account in the portal of the cloud"

RUNS: Mapping[str, str] = {
    "azureml.core.Workspace.add_private_endpoint": _NETWORK,
    "azureml.core.Workspace.create": _ONE,
    "azureml.core.Workspace.delete": "take the deployment down with the tool that made it",
    "azureml.core.Workspace.delete_connection": _CONNECTION,
    "azureml.core.Workspace.delete_private_endpoint_connection": _NETWORK,
    "azureml.core.Workspace.diagnose_workspace": "ask `runspoor why` about a run that does not start",
    "azureml.core.Workspace.get_connection": _CONNECTION,
    "azureml.core.Workspace.get_mlflow_tracking_uri": "log with run.log and read with run.get_metrics",
    "azureml.core.Workspace.images": "name an image in environment.docker.base_image",
    "azureml.core.Workspace.linked_services": _NETWORK,
    "azureml.core.Workspace.list": _ONE,
    "azureml.core.Workspace.list_connections": _CONNECTION,
    "azureml.core.Workspace.list_keys": "read the keys of the function app in the portal of the cloud",
    "azureml.core.Workspace.private_endpoints": _NETWORK,
    "azureml.core.Workspace.service_context": "it is internal to v1: use the workspace itself",
    "azureml.core.Workspace.set_connection": _CONNECTION,
    "azureml.core.Workspace.setup": _ONE,
    "azureml.core.Workspace.sync_keys": "keys are read afresh: there is nothing to synchronise",
    "azureml.core.Workspace.update": "change the deployment with the tool that made it",
    "azureml.core.Workspace.update_dependencies": "change the deployment with the tool that made it",
    "azureml.core.Workspace.webservices": _SERVE,
    "azureml.core.Dataset.__getitem__": "use Dataset.Tabular: this is of v1's preview",
    "azureml.core.Experiment.archived_time": "Experiment.list(workspace, view_type='ArchivedOnly') has those archived",
    "azureml.core.Experiment.delete": "archive it: nothing of a run's history is deleted",
    "azureml.core.Experiment.from_directory": "name the experiment: Experiment(workspace, name)",
    "azureml.core.Experiment.remove_tags": "tag the runs",
    "azureml.core.Experiment.set_tags": "tag the runs",
    "azureml.core.Experiment.tag": "tag the runs",
    "azureml.core.Run.add_type_provider": "it is a hook for other packages of v1: use the run itself",
    "azureml.core.Run.clean": "leave it out: a node deletes a run's files by itself",
    "azureml.core.Run.get_secret": _SECRET,
    "azureml.core.Run.get_secrets": _SECRET,
    "azureml.core.Run.number": "use the id; list shows the newest runs first",
    "azureml.train.hyperdrive.HyperDriveRun.get_diagnostics": "ask run.get_detailed_status(), or look at its trials",
    "azureml.core.ScriptRunConfig.identity": _IDENTITY,
    "azureml.core.Model.deploy": _SERVE,
    "azureml.core.Model.package": _SERVE,
    "azureml.core.Model.print_configuration": _SERVE,
    "azureml.core.Model.profile": _SERVE,
    "azureml.core.ComputeTarget.attach": _ATTACH,
    "azureml.core.compute.AmlCompute.add_identity": _IDENTITY,
    "azureml.core.compute.AmlCompute.attach": _ATTACH,
    "azureml.core.compute.AmlCompute.list_quotas": _LIMITS,
    "azureml.core.compute.AmlCompute.list_usages": _LIMITS,
    "azureml.core.compute.AmlCompute.remove_identity": _IDENTITY,
    "azureml.core.compute.AmlCompute.supported_vmsizes": _LIMITS,
    "azureml.core.compute.AmlCompute.update_quotas": _LIMITS,
    **{f"azureml.core.authentication.{kind}Authentication.{name}": _KEY
       for kind in ("ArmToken", "AzureCli", "InteractiveLogin", "Msi", "ServicePrincipal", "Token")
       for name in ("get_token", "signed_session")},
    **{f"azureml.core.keyvault.Keyvault.{name}": _SECRET for name in (
        "delete_secret", "delete_secrets", "get_secret", "get_secret_content_type", "get_secrets", "list_secrets",
        "set_secret", "set_secrets")},
    **{f"azureml.core.ComputeTarget.{name}": "take the compute target from workspace.compute_targets" for name in (
        "deserialize", "get_status", "serialize", "wait_for_completion")},
}
