"""How a run is spread over processes and nodes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from runspoor.sdk.exceptions import TrainingException
from runspoor.sdk.section import Section
from runspoor.sdk.surface import Surface


@dataclass(repr=False, eq=False)
class MpiConfiguration(Section, v1="azureml.core.runconfig.MpiConfiguration"):
    """Processes that mpirun starts, ``process_count_per_node`` on each node."""

    _framework: ClassVar = "Python"
    _section: ClassVar = "mpi"

    process_count_per_node: int = 1
    node_count: int = 1

    @property
    def _communicator(self) -> str:
        return "IntelMpi"

    @property
    def _nodes(self) -> int:
        return self.node_count


@dataclass(repr=False, eq=False)
class PyTorchConfiguration(Section, v1="azureml.core.runconfig.PyTorchConfiguration"):
    """Processes that torch.distributed joins; ``process_count`` None: one per node."""

    _framework: ClassVar = "PyTorch"
    _section: ClassVar = "pytorch"

    communication_backend: str = "Nccl"
    process_count: int | None = None
    node_count: int = 1

    @property
    def _communicator(self) -> str:
        return self.communication_backend.lower()

    @property
    def _nodes(self) -> int:
        return self.node_count


@dataclass(repr=False, eq=False)
class TensorflowConfiguration(Section, v1="azureml.core.runconfig.TensorflowConfiguration"):
    """Workers and parameter servers of TensorFlow, one worker per node."""

    _framework: ClassVar = "TensorFlow"
    _section: ClassVar = "tensorflow"

    worker_count: int = 1
    parameter_server_count: int = 1

    @property
    def _communicator(self) -> str:
        return "ParameterServer"

    @property
    def _nodes(self) -> int:
        return self.worker_count


@dataclass(repr=False, eq=False)
class ParallelTaskConfiguration(Section):
    """Tasks that run side by side and know nothing of each other."""

    max_retries_per_worker: int = 0
    worker_count_per_node: int = 1
    terminal_exit_codes: list[int] | None = field(default=None)


class DistributedTraining(Surface):
    """What estimators take as ``distributed_training``: the communicator, and who may use it."""

    _communicator: ClassVar[str] = ""
    _estimators: ClassVar[frozenset[str]] = frozenset({"Estimator", "PyTorch", "TensorFlow", "Chainer"})

    def validate(self, estimator_name: str) -> None:
        """Raises TrainingException when an estimator of that name cannot be spread in this way."""
        if estimator_name not in self._estimators:
            raise TrainingException(f"{type(self).__name__} does not go with {estimator_name}: it is for "
                                    f"{', '.join(sorted(self._estimators))}.")


class Mpi(DistributedTraining, v1="azureml.train.dnn.Mpi"):
    """MPI, with ``process_count_per_node`` processes on each node."""

    _communicator = "Mpi"

    def __init__(self, process_count_per_node: int = 1) -> None:
        self.process_count_per_node = process_count_per_node


class Gloo(DistributedTraining, v1="azureml.train.dnn.Gloo"):
    """PyTorch over Gloo."""

    _communicator = "Gloo"
    _estimators = frozenset({"PyTorch"})


class Nccl(DistributedTraining, v1="azureml.train.dnn.Nccl"):
    """PyTorch over NCCL."""

    _communicator = "Nccl"
    _estimators = frozenset({"PyTorch"})


class ParameterServer(DistributedTraining, v1="azureml.train.dnn.ParameterServer"):
    """TensorFlow with parameter servers."""

    _communicator = "ParameterServer"
    _estimators = frozenset({"TensorFlow"})

    def __init__(self, worker_count: int = 1, parameter_server_count: int = 1) -> None:
        self.worker_count = worker_count
        self.parameter_server_count = parameter_server_count
