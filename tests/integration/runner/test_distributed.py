"""Runs of several processes: real Open MPI over nodes that have their own names and folders."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.runner.cluster import Cluster
from tests.integration.runner.node import Document, lives
from tests.integration.runner.service import Service

MPI = {"kind": "mpi", "nodes": 2, "processes": 4}
TENSORFLOW = {"kind": "tensorflow", "nodes": 2, "processes": 2, "parameter_servers": 3}
ALLREDUCE = """
    import os, runspoor
    from mpi4py import MPI
    world = MPI.COMM_WORLD
    total = world.allreduce(world.rank + 1)
    print(MPI.Get_processor_name(), world.rank, total, os.environ["COLOR"])
    runspoor.log("total", total)
    runspoor.log("rank", world.rank)
    open(f"outputs/{world.rank}.txt", "w").write(str(total))
    runspoor.log_image("plot", path=f"outputs/{world.rank}.txt")
    open(f"logs/{world.rank}.log", "w").write("log")
    open(os.path.join(os.environ["RUNSPOOR_OUTPUT_model"], f"{world.rank}.bin"), "w").write("weights")
"""
WAITING = """
    import os, signal, sys, time
    from mpi4py import MPI
    rank = MPI.COMM_WORLD.rank
    def tidy(*_):
        time.sleep(rank)
        open(f"outputs/saved-{rank}.txt", "w").write("saved")
        os._exit(rank)
    signal.signal(signal.SIGTERM, tidy)
    print("ready", os.getpid(), flush=True)
    while True:
        time.sleep(0.05)
"""


@pytest.fixture
def cluster(service: Service, archive: Path, tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(service, archive, tmp_path / "c", f"digits_{uuid.uuid4().hex[:12]}")
    yield cluster
    cluster.stop()


def succeeded(completed: Document, cluster: Cluster) -> None:
    assert completed["outcome"] == "succeeded", f"{completed}\n{cluster.said}"


def test_allreduce_on_two_nodes(cluster: Cluster) -> None:
    """What each node left has names of its own, and secrets are nowhere."""
    completed = cluster.run({"train.py": ALLREDUCE}, distribution=MPI, variables={"COLOR": "a b;$HOME\n"},
                            outputs={"model": {"mode": "mount"}})

    succeeded(completed, cluster)
    assert cluster.std_log == "node-0 0 10 a b;$HOME\n\n"
    assert [cluster.text(f"logs/{rank // 2}/{rank}.txt") for rank in range(4)] == [
        f"node-{rank // 2} {rank} 10 a b;$HOME\n\n" for rank in range(4)]
    assert cluster.names() >= {
        "outputs/0.txt", "outputs/1.txt", "outputs/node-1/2.txt", "outputs/node-1/3.txt", "logs/0.log", "logs/1/2.log",
        "outputs.jsonl", "outputs-node-1.jsonl", "system_logs/runner.log", "system_logs/runner-node-1.log"}
    listed = [json.loads(line)["path"] for line in cluster.text("outputs-node-1.jsonl").splitlines()]
    assert listed == ["outputs/node-1/2.txt", "outputs/node-1/3.txt"]
    assert completed["outputs"] == {"files": 2, "bytes": 4, "failed": []}
    further = completed["nodes"][0]
    assert (further["node"], further["name"], further["outputs"]) == (1, "node-1", {"files": 2, "bytes": 4})
    of_first, of_second = cluster.numbers(0), cluster.numbers(1)
    assert (completed["metrics"]["chunks"], further["chunks"]) == (len(of_first), len(of_second))
    assert sorted(cluster.points_of(0, "rank")) == [0, 1]
    assert sorted(cluster.points_of(1, "rank")) == [2, 3]
    images = {point["path"] for node in range(2) for point in cluster.points_of(node, "plot")}
    assert images == {"outputs/0.txt", "outputs/1.txt", "outputs/node-1/2.txt", "outputs/node-1/3.txt"}
    assert completed["written"][0] == {"name": "model", "files": 4, "bytes": 28, "complete": True, "failed": []}
    assert set(cluster.data("model")) == {"0.bin", "1.bin", "2.bin", "3.bin"}
    assert {*cluster.listed("model"), *cluster.listed("model-node-1")} == set(cluster.data("model"))
    started = json.loads(cluster.text("signals/started.json"))
    assert started["nodes"] == ["node-0", "127.0.0.3"]
    assert "secret-token" not in cluster.everything
    assert "sig=" not in cluster.everything
    cluster.until(lambda: not cluster.left)


@pytest.mark.parametrize(("deed", "code", "number", "words"), [
    ("sys.exit(3)", 3, None, "ended with exit code 3"),
    ("os.kill(os.getpid(), 9)", None, "SIGKILL", "was killed by SIGKILL"),
    ("world.Abort(7)", 7, None, "ended with exit code 7")], ids=["exit", "kill", "abort"])
def test_the_first_rank_that_fails_ends_all_and_is_named(cluster: Cluster, deed: str, code: int | None,
                                                         number: str | None, words: str) -> None:
    completed = cluster.run({"train.py": f"""
        import os, sys
        from mpi4py import MPI
        world = MPI.COMM_WORLD
        print("rank", world.rank)
        open("outputs/partial.txt", "w").write("half")
        if world.rank == 2:
            {deed}
        world.barrier()
        """}, distribution=MPI)

    assert (completed["outcome"], completed["exit_code"], completed["signal"]) == ("failed", code, number), cluster.said
    assert completed["reason"]["code"] == ("ScriptKilled" if number else "ScriptFailed")
    assert "rank 2 on node 1 (node-1)" in completed["reason"]["message"]
    assert words in completed["reason"]["message"]
    assert completed["last_lines"][0] == "rank 2"
    assert cluster.blob("outputs/node-1/partial.txt") == b"half"
    cluster.until(lambda: not cluster.left)


def test_a_rank_that_hangs_ends_by_the_runs_limit(cluster: Cluster) -> None:
    completed = cluster.run({"train.py": """
        from mpi4py import MPI
        import time
        print(MPI.Get_processor_name(), flush=True)
        if MPI.COMM_WORLD.rank == 2:
            time.sleep(600)
        MPI.COMM_WORLD.barrier()
        """}, distribution={"kind": "mpi", "nodes": 3, "processes": 3}, seconds=6, grace=1)

    assert (completed["outcome"], completed["reason"]["code"]) == ("time_limit", "TimeLimit"), cluster.said
    printed = [cluster.text(f"logs/{rank}/{rank}.txt") for rank in range(3)]
    assert printed == ["node-0\n", "node-2\n", "node-1\n"], "not in the order of Batch's list"
    cluster.until(lambda: not cluster.left)


def test_each_rank_may_tidy_up_after_a_cancellation(cluster: Cluster) -> None:
    """The first one is done three seconds before the last, and that three of them exit badly ends no other."""
    cluster.make(2)
    cluster.submit({"train.py": WAITING}, distribution=MPI)
    cluster.start()
    cluster.until(lambda: all("ready" in cluster.text(f"logs/{rank // 2}/{rank}.txt") for rank in range(4)))
    cluster.cancel()

    assert cluster.wait() == 0, cluster.said
    assert cluster.completed["reason"] == {"code": "Canceled", "message": "Canceled by ada: wrong data"}
    assert {name for name in cluster.names() if "saved" in name} == {
        "outputs/saved-0.txt", "outputs/saved-1.txt", "outputs/node-1/saved-2.txt", "outputs/node-1/saved-3.txt"}
    cluster.until(lambda: not cluster.left)


@pytest.mark.parametrize("only", ["", ".pyz node "], ids=["node", "runner"])
def test_a_node_that_is_lost_is_named_and_the_attempt_is_lost(cluster: Cluster, only: str) -> None:
    """All of it, or its runner only, without which nobody knows what the script leaves there."""
    cluster.make(2)
    cluster.submit({"train.py": WAITING}, distribution=MPI)
    cluster.start()
    cluster.until(lambda: all("ready" in cluster.text(f"logs/{rank // 2}/{rank}.txt") for rank in range(4)))
    cluster.lose(1, only)

    assert cluster.wait() == 75, cluster.said
    reason = json.loads(cluster.text("signals/lost.json"))["reason"]
    assert reason["code"] == "NodeLost"
    assert "node 1 (node-1)" in reason["message"]
    assert "completed.json" not in cluster.names("signals")
    cluster.until(lambda: not cluster.left)


def test_a_killed_runner_leaves_nothing_on_any_node(cluster: Cluster) -> None:
    cluster.make(2)
    cluster.submit({"train.py": WAITING}, distribution=MPI)
    cluster.start()
    cluster.until(lambda: all("ready" in cluster.text(f"logs/{rank // 2}/{rank}.txt") for rank in range(4)))
    scripts = [int(cluster.text(f"logs/{rank // 2}/{rank}.txt").split()[1]) for rank in range(4)]
    cluster.kill_runner()
    cluster.until(lambda: not any(map(lives, scripts)))
    cluster.until(lambda: not cluster.left)


def test_what_one_node_cannot_prepare_ends_the_run(cluster: Cluster) -> None:
    cluster.make(2)
    cluster.submit({"train.py": ""}, distribution=MPI)
    cluster.start(forget=1)

    assert cluster.wait() == 0, cluster.said
    assert cluster.completed["outcome"] == "failed"
    assert "On node 1 (node-1)" in cluster.completed["reason"]["message"]
    cluster.until(lambda: not cluster.left)


def test_tf_config_of_every_task_is_kept(cluster: Cluster) -> None:
    """Each task listens where TF_CONFIG says it is, and a worker talks with all of them before it ends."""
    completed = cluster.run({"train.py": """
        import json, os, socket, threading, time
        found = json.loads(os.environ["TF_CONFIG"])
        task, cluster = found["task"], found["cluster"]
        host, port = cluster[task["type"]][task["index"]].split(":")
        server = socket.create_server((host, int(port)))
        name = f"{task['type']} {task['index']} on {os.uname().nodename}"
        def answer():
            while True:
                connection, _ = server.accept()
                connection.sendall(name.encode())
                connection.close()
        threading.Thread(target=answer, daemon=True).start()
        def ask(address):
            host, port = address.split(":")
            for _ in range(600):
                try:
                    with socket.create_connection((host, int(port))) as connection:
                        return connection.recv(100).decode()
                except OSError:
                    time.sleep(0.1)
        print(name, flush=True)
        if task["type"] == "ps":
            threading.Event().wait()
        answers = sorted(ask(each) for kind in cluster.values() for each in kind)
        print(answers, found["environment"], flush=True)
        open(f"outputs/{task['index']}.json", "w").write(json.dumps(answers))
        while len([answer for answer in answers if ask(cluster["worker"][1 - task["index"]])]) < 5:
            pass
        time.sleep(1)
        """}, distribution=TENSORFLOW)

    succeeded(completed, cluster)
    all_of_them = ["ps 0 on node-0", "ps 1 on node-1", "ps 2 on node-0", "worker 0 on node-0", "worker 1 on node-1"]
    for name in ("outputs/0.json", "outputs/node-1/1.json"):
        assert json.loads(cluster.text(name)) == all_of_them
    assert cluster.text("logs/1/ps-1.txt") == "ps 1 on node-1\n"
    assert cluster.text("logs/0/ps-2.txt") == "ps 2 on node-0\n"
    cluster.until(lambda: not cluster.left)
