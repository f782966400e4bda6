"""Environments whose making is stopped, killed, or wanted by two at once."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from tests.integration.runner.environments import (
    PATIENCE_SECONDS,
    SCRIPT,
    MakeNode,
    archives,
    asking,
    log_of,
    succeeded,
)
from tests.integration.runner.node import Document, Node, lives

pytestmark = pytest.mark.timeout(PATIENCE_SECONDS)


def begin_slow_build(node: Node, wheels: Path, environment: Document, **how: object) -> int:
    """Start a run whose build never ends; gives the process that builds."""
    told = node.home.with_name(f"{node.run_id}.pid")
    node.submit(SCRIPT, environment=environment, variables={"BUILD_PID": str(told)}, **how)  # type: ignore[arg-type]
    node.start()
    node.until(lambda: told.is_file() and told.read_text())
    return int(told.read_text())


def survivors(run_id: str) -> list[str]:
    """Processes of the run that are still there."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"RUNSPOOR_RUN_ID={run_id}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append(process.name)
    return [pid for pid in found if lives(int(pid))]


def test_the_log_is_live_and_cancellation_ends_a_build(make: MakeNode, wheels: Path) -> None:
    node = make()
    building = begin_slow_build(node, wheels, asking(wheels, "slow"), grace=1)
    node.until(lambda: "pip install" in log_of(node))
    node.cancel()
    assert node.wait() == 0
    assert (node.completed["outcome"], node.completed["reason"]["code"]) == ("canceled", "Canceled")
    assert not lives(building)
    assert "stopped: Canceled by ada" in log_of(node)


def test_the_time_limit_ends_a_build(make: MakeNode, wheels: Path) -> None:
    node = make()
    node.submit(SCRIPT, environment=asking(wheels, "slow"), seconds=3, variables={"BUILD_PID": "/dev/null"})
    node.start()
    assert node.wait() == 0
    assert (node.completed["outcome"], node.completed["reason"]["code"]) == ("time_limit", "TimeLimit")
    assert "Making the environment took longer" in node.completed["reason"]["message"]
    assert survivors(node.run_id) == []


def test_a_runner_killed_while_it_builds_leaves_nothing_half_usable(make: MakeNode, wheels: Path) -> None:
    environment = asking(wheels, "slow", "tinymath")
    killed = make()
    building = begin_slow_build(killed, wheels, environment)
    killed.stop()
    os.kill(building, signal.SIGKILL)

    after = make()
    after.submit(SCRIPT, environment={**asking(wheels, "tinymath"), "digest": environment["digest"]})
    after.start()
    assert after.wait() == 0
    succeeded(after.completed, after)
    assert "being made on this node" in log_of(after)


def test_two_runs_on_a_node_build_once(make: MakeNode, wheels: Path, quick: str) -> None:
    environment = asking(wheels, "tinymath")
    both = make(path=quick), make(path=quick)
    for node in both:
        node.submit(SCRIPT, environment=environment)
        node.start()
    for node in both:
        assert node.wait() == 0
        succeeded(node.completed, node)
    logs = sorted(log_of(node).count("+ tinymath==1.2") for node in both)
    assert logs == [0, 1]
    assert any("found in the node's cache" in log_of(node) for node in both)


def test_two_nodes_that_build_at_once_both_go_on(make: MakeNode, wheels: Path, quick: str) -> None:
    environment = asking(wheels, "tinymath")
    both = make("node-1", quick), make("node-2", quick)
    for node in both:
        node.submit(SCRIPT, environment=environment)
        node.start()
    for node in both:
        assert node.wait() == 0
        succeeded(node.completed, node)
    assert len(archives(both[0], environment)) == 1
