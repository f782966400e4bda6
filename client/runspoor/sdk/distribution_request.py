"""How a run configuration is spread over nodes, made into what ``POST runs`` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runspoor.sdk.exceptions import AzureMLException, NotOffered, RunConfigurationException

if TYPE_CHECKING:
    from runspoor.sdk.run_configuration import RunConfiguration

MPI, PYTORCH, TENSORFLOW = ("mpi", "intelmpi", "openmpi"), ("nccl", "gloo"), ("parameterserver",)
"""v1's words for ``communicator``, by the kind of run that they mean; case does not matter."""
NONE = ("", "none")

Error = type[AzureMLException]


def distribution_request(run_config: RunConfiguration, error: Error) -> dict[str, Any] | None:
    """DistributionRequest of a run; None for one process on one node. Raises ``error`` for counts that do not fit."""
    communicator = str(run_config.communicator).lower()
    _positive(run_config.node_count, "node_count", error)
    if communicator in NONE:
        _check_alone(run_config, error)
        return None
    make = _KINDS.get(communicator)
    if make is None:
        raise _unknown(run_config.communicator)
    return make(run_config, communicator, error)


def priority_request(run_config: RunConfiguration, error: Error) -> str | None:
    """The class of a v1 priority: a number below 0 is low, one above it high."""
    priority = run_config.priority
    if priority is not None and (isinstance(priority, bool) or not isinstance(priority, int)):
        raise error(f"priority has to be a whole number, below 0 for low and above 0 for high, and is {priority!r}.")
    return None if not priority else "high" if priority > 0 else "low"


def _check_alone(run_config: RunConfiguration, error: Error) -> None:
    if run_config.node_count > 1:
        raise error(f"node_count={run_config.node_count} does not say how processes are started there: give "
                    "distributed_job_config, such as MpiConfiguration(node_count=2), or set the communicator.")


def _mpi(run_config: RunConfiguration, communicator: str, error: Error) -> dict[str, Any]:
    nodes = run_config.node_count
    each = _positive(run_config.mpi.process_count_per_node, "process_count_per_node", error)
    return {"kind": "mpi", "nodes": nodes, "processes": nodes * each}


def _pytorch(run_config: RunConfiguration, communicator: str, error: Error) -> dict[str, Any]:
    nodes, asked = run_config.node_count, run_config.pytorch.process_count
    processes = nodes if asked is None else _positive(asked, "process_count", error)
    if processes % nodes:
        raise error(f"process_count={processes} does not divide over node_count={nodes}: every node gets as many "
                    "processes, so make it a multiple.")
    return {"kind": "pytorch", "nodes": nodes, "processes": processes, "backend": communicator}


def _tensorflow(run_config: RunConfiguration, communicator: str, error: Error) -> dict[str, Any]:
    nodes, section = run_config.node_count, run_config.tensorflow
    workers = _positive(section.worker_count, "worker_count", error)
    servers = section.parameter_server_count
    if servers != 0:
        _positive(servers, "parameter_server_count", error)
    if workers != nodes:
        raise error(f"worker_count={workers} and node_count={nodes} differ: each node has one worker, and parameter "
                    "servers run beside them, so make both the number of workers.")
    return {"kind": "tensorflow", "nodes": nodes, "parameter_servers": servers}


def _positive(value: object, name: str, error: Error) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise error(f"{name} has to be a whole number, 1 or more, and is {value!r}.")
    return value


def _unknown(communicator: str) -> AzureMLException:
    if communicator.lower() == "paralleltask":
        return NotOffered("ParallelTask", "use MpiConfiguration, whose processes need not talk to each other")
    return RunConfigurationException(f"The communicator {communicator!r} is unknown: use None, Mpi, IntelMpi, OpenMpi, "
                                     "Nccl, Gloo or ParameterServer.")


_KINDS = {**dict.fromkeys(MPI, _mpi), **dict.fromkeys(PYTORCH, _pytorch), **dict.fromkeys(TENSORFLOW, _tensorflow)}
