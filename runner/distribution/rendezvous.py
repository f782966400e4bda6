"""Where the processes of a run find each other, and the variables by which frameworks are told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from runner.distribution.hosts import LOOPBACK, free_ports, interface
from runner.distribution.specification import MPI, PYTORCH, TENSORFLOW, Distribution

MASTER_PORT = 6105
"""The port of rank 0 that Azure ML uses; Batch's own is in AZ_BATCH_MASTER_NODE and is taken."""
WORKER_PORT, SERVER_PORT = 2222, 2223
INTERFACES = {"gloo": "GLOO_SOCKET_IFNAME", "nccl": "NCCL_SOCKET_IFNAME"}


@dataclass(frozen=True)
class Rendezvous:
    """``nodes``: addresses. ``workers`` and ``servers`` (parameter servers): ``host:port`` each."""

    nodes: Sequence[str]
    port: int
    workers: Sequence[str]
    servers: Sequence[str]

    def text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def parse(cls, text: str) -> Rendezvous:
        return cls(**json.loads(text))

    def servers_of(self, node: int) -> range:
        """The parameter servers on a node: number j is on node j modulo the number of nodes."""
        return range(node, len(self.servers), len(self.nodes))


def agree(distribution: Distribution, nodes: Sequence[str], *, free: bool) -> Rendezvous:
    """``free``: the nodes share a network with each other, or with other runs, so that ports must be looked for."""
    servers = distribution.parameter_servers
    count = len(nodes)
    ports = iter(free_ports(1 + count + servers) if free else [
        MASTER_PORT, *[WORKER_PORT] * count, *(SERVER_PORT + number // count for number in range(servers))])
    port = next(ports)
    workers = [f"{node}:{next(ports)}" for node in nodes]
    return Rendezvous(nodes, port, workers, [f"{nodes[number % count]}:{next(ports)}" for number in range(servers)])


def shares_network(nodes: Sequence[str]) -> bool:
    """Whether what the nodes listen at could be in each other's way, or in that of another run."""
    return len(set(nodes)) < len(nodes) or LOOPBACK in nodes


def variables(distribution: Distribution, where: Rendezvous, rank: int) -> dict[str, str]:
    """What a process is told besides what mpirun itself says (``OMPI_COMM_WORLD_*``)."""
    node, local = divmod(rank, distribution.per_node)
    common = {"MASTER_ADDR": where.nodes[0], "MASTER_PORT": str(where.port), "NODE_RANK": str(node),
              "NODE_COUNT": str(len(where.nodes))}
    if distribution.kind == MPI:
        return common
    if distribution.kind == TENSORFLOW:
        return {**common, "TF_CONFIG": tf_config(where, "worker", rank)}
    assert distribution.kind == PYTORCH
    found = interface(where.nodes[node])
    return {**common, "RANK": str(rank), "WORLD_SIZE": str(distribution.processes), "LOCAL_RANK": str(local),
            "LOCAL_WORLD_SIZE": str(distribution.per_node),
            **(dict.fromkeys(INTERFACES.values(), found) if found else {})}


def tf_config(where: Rendezvous, kind: str, index: int) -> str:
    """As Azure ML writes it; a cluster without parameter servers has no ``ps``."""
    cluster = {"worker": list(where.workers), **({"ps": list(where.servers)} if where.servers else {})}
    return json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}, "environment": "cloud"})
