"""What scripts of another SDK expect to find: variables, as one table, and the SDK's names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from runner.task import Task

# A backend is one workspace, and knows of no subscription.
VARIABLES: Mapping[str, Mapping[str, str]] = {
    "azureml-v1": {
        "AZUREML_RUN_ID": "{run_id}",
        "AZUREML_ARM_PROJECT_NAME": "{experiment}",
        "AZUREML_ARM_WORKSPACE_NAME": "runspoor",
        "AZUREML_ARM_RESOURCEGROUP": "runspoor",
        "AZUREML_ARM_SUBSCRIPTION": "00000000-0000-0000-0000-000000000000",
        "AZUREML_SERVICE_ENDPOINT": "{api}",
        "AZUREML_CR_NODE_RANK": "{node}",
        "AZ_BATCHAI_TASK_INDEX": "{node}",
    },
}

# Below the packages: a folder whose ``sitecustomize`` gives every Python process the names of the SDK.
SITES: Mapping[str, str] = {"azureml-v1": "runspoor/v1/site"}


def site(task: Task, packages: Path) -> list[str]:
    """The folders that PYTHONPATH needs besides the packages."""
    folder = SITES.get(task.compatibility or "")
    return [str(packages / folder)] if folder else []


def variables(task: Task) -> dict[str, str]:
    """What ``task.compatibility`` asks for: none without one, and none of one that is not known here."""
    table = VARIABLES.get(task.compatibility or "", {})
    return {name: template.format(run_id=task.run_id, experiment=task.experiment, api=task.api, node=task.node)
            for name, template in table.items()}
