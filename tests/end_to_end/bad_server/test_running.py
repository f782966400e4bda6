"""Runs of v1 scripts while their backend restarts and their connections break: nothing lost, nothing doubled."""

import os
import threading
import time
from pathlib import Path

from runspoor.sdk.experiment import Experiment
from runspoor.sdk.workspace import Workspace

from tests.end_to_end.bad_server.bad_network import BLOBS, BadNetwork, at_random, every, once_each, together
from tests.end_to_end.intercepted import Intercepted


def test_2000_points_over_a_restart(world: Intercepted, network: BadNetwork, workspace: Workspace) -> None:
    network.plan = together(every(3, "lose answer", "POST", "/metrics$"), every(4, "drop request", "POST", "/metrics$"))
    run = Experiment(workspace, "restarting").start_logging()
    for number in range(500):
        run.log("loss", number)
        if number % 100 == 99:
            run.flush()
    world.system.host.kill()
    for number in range(500, 1000):
        run.log("loss", number)
    restart = threading.Thread(target=world.restart_host)
    restart.start()
    for number in range(1000, 2000):
        run.log("loss", number)
        time.sleep(0.001)
    run.complete()
    restart.join()
    assert run.get_metrics() == {"loss": list(range(2000))}
    assert run.get_status() == "Completed"
    assert network.count("lose answer") + network.count("drop request") >= 3


def test_threads_log_into_one_run(network: BadNetwork, workspace: Workspace) -> None:
    network.plan = at_random(8, 0.25)
    run = Experiment(workspace, "threads").start_logging()

    def work(thread: int) -> None:
        for number in range(100):
            run.log(f"of {thread}", number)
            run.log("of all", thread * 100 + number)
        run.tag(f"seen by {thread}", number)
        run.flush()

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.complete()
    metrics = run.get_metrics()
    assert sorted(metrics.pop("of all")) == list(range(800))
    assert metrics == {f"of {thread}": list(range(100)) for thread in range(8)}
    assert run.get_tags() == {f"seen by {thread}": "99" for thread in range(8)}


def test_downloads_and_uploads_that_break(network: BadNetwork, workspace: Workspace, tmp_path: Path) -> None:
    network.plan = together(once_each("drop request", "PUT", BLOBS), once_each("cut answer", "GET"))
    (tmp_path / "made/deep").mkdir(parents=True)
    for number in range(6):
        (tmp_path / f"made/deep/{number}.bin").write_bytes(os.urandom(number * 150_000))
    with Experiment(workspace, "files").start_logging() as run:
        run.upload_folder("outputs", "made")
    run.download_files("outputs/", "got", append_prefix=False)
    for number in range(6):
        assert (tmp_path / f"got/deep/{number}.bin").read_bytes() == (tmp_path / f"made/deep/{number}.bin").read_bytes()
    assert network.count("drop request") == 6
    assert network.count("cut answer", "GET", BLOBS) == 6
