"""What the tests of the Batch adapter ask for: an adapter on the emulator, specs of pools and tasks."""

from collections.abc import Mapping
from datetime import timedelta

from azure.batch import BatchClient

from shared.adapters.azure_batch import AzureBatch, NodeImage
from shared.application.ports import TaskSpec
from shared.domain.compute import ComputeSpec

IDENTITY = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/nodes"
IMAGE = NodeImage("microsoft-dsvm", "ubuntu-hpc", "2404", "batch.node.ubuntu 24.04", IDENTITY)
EVIDENCE = "evidence"
"""The container of what tasks print."""
WAIT = "sleep 60"


def compute(client: BatchClient) -> AzureBatch:
    return AzureBatch(client, IMAGE)


def spec(smallest: int = 0, largest: int = 3, idle_seconds: int = 0) -> ComputeSpec:
    return ComputeSpec(vm_size="standard_d2s_v3", min_nodes=smallest, max_nodes=largest,
                       idle_seconds_before_scaledown=idle_seconds)


def task(job: str, id: str = "t1", command: str = WAIT, *, storage: str = "http://storage/account",
         variables: Mapping[str, str] | None = None, limit: timedelta | None = None,
         files: Mapping[str, str] | None = None, nodes: int = 1) -> TaskSpec:
    """A task of the job ``job`` on the pool of the same name."""
    return TaskSpec(id=id, pool=job, job=job, command=command, files=files or {}, evidence=f"{storage}/{EVIDENCE}",
                    evidence_prefix=f"{job}/{id}", variables=variables or {"RUNSPOOR_ATTEMPT": "1"}, limit=limit,
                    nodes=nodes)
