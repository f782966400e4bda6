"""Runs that are stopped, and attempts that are not to run at all."""

import json
import time

import pytest

from tests.integration.runner.node import Node, lives

TIDY = """
    import signal, sys, time
    def tidy(*_):
        open("outputs/saved.txt", "w").write("saved")
        print("saved")
        sys.exit(0)
    signal.signal(signal.SIGTERM, tidy)
    print("ready")
    while True:
        time.sleep(0.05)
"""
STUBBORN = """
    import signal, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("ready")
    while True:
        time.sleep(0.05)
"""


def test_the_time_limit_stops_a_script_that_never_ends(node: Node) -> None:
    completed = node.run({"train.py": TIDY}, seconds=1)

    assert (completed["outcome"], completed["exit_code"], completed["signal"]) == ("time_limit", 0, None)
    message = "The script train.py ran longer than its limit of 1 s; give it more time."
    assert completed["reason"] == {"code": "TimeLimit", "message": message}
    assert node.blob("outputs/saved.txt") == b"saved"


def test_a_canceled_script_may_tidy_up(node: Node) -> None:
    node.submit({"train.py": TIDY})
    node.start()
    node.until(lambda: node.std_log)
    node.cancel()

    assert node.wait() == 0
    assert (node.completed["outcome"], node.completed["exit_code"]) == ("canceled", 0)
    assert node.completed["reason"] == {"code": "Canceled", "message": "Canceled by ada: wrong data"}
    assert node.std_log == "ready\nsaved\n"
    assert node.blob("outputs/saved.txt") == b"saved"


def test_a_canceled_script_that_ignores_it_is_killed(node: Node) -> None:
    node.submit({"train.py": STUBBORN}, grace=0.5)
    node.start()
    node.until(lambda: node.std_log)
    node.cancel()

    assert node.wait() == 0
    assert (node.completed["outcome"], node.completed["signal"]) == ("canceled", "SIGKILL")


def test_canceled_before_it_starts(node: Node) -> None:
    node.submit({"train.py": "print('never')", **{f"f{number}": str(number) for number in range(300)}})
    node.cancel()
    node.start()

    assert node.wait() == 0
    assert (node.completed["outcome"], node.completed["exit_code"]) == ("canceled", None)
    assert "running.json" not in node.names("signals")


@pytest.mark.parametrize("script", [TIDY, STUBBORN], ids=["tidy", "stubborn"])
def test_termination_of_the_task_is_a_cancellation(node: Node, script: str) -> None:
    node.submit({"train.py": script}, grace=1)
    node.start()
    node.until(lambda: node.std_log)
    node.terminate()

    assert node.wait() == 0
    assert node.completed["outcome"] == "canceled"
    assert node.completed["reason"]["message"] == "The compute node ended the task."


def test_started_again_after_the_node_was_lost(node: Node) -> None:
    node.submit({"train.py": "print('ran')"})
    node.put("signals/started.json", b'{"attempt": 1, "nonce": "of the lost node"}')
    node.start()

    assert node.wait() == 75
    assert json.loads(node.text("signals/lost.json"))["reason"]["code"] == "NodeLost"
    assert node.names("signals") == {"started.json", "lost.json"}
    assert node.std_log == ""


def test_a_killed_runner_leaves_no_script_behind(node: Node) -> None:
    """The second child is a daemon: the runner that Batch starts again ends it."""
    node.submit({"train.py": """
        import subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
        print(child.pid)
        time.sleep(600)
        """})
    node.start()
    node.until(lambda: node.std_log and "running.json" in node.names("signals"))
    script = int(json.loads(node.text("signals/running.json"))["pid"])
    node.stop()
    node.until(lambda: not lives(script))
    node.start()

    assert node.wait() == 75
    assert not lives(int(node.std_log))


def test_fenced_at_the_start(node: Node) -> None:
    node.submit({"train.py": ""})
    node.service.fenced.add(node.run_id)
    node.start()

    assert node.wait() == 75
    assert node.names("signals") == set()


def test_fenced_while_the_script_runs(node: Node) -> None:
    node.service.lifetime_seconds = 2
    node.submit({"train.py": STUBBORN})
    node.start()
    node.until(lambda: node.std_log)
    node.service.fenced.add(node.run_id)

    assert node.wait() == 75
    assert "completed.json" not in node.names("signals")


def test_the_service_is_away_for_a_while(node: Node) -> None:
    node.service.lifetime_seconds = 2
    node.submit({"train.py": """
        import time, runspoor
        for number in range(40):
            print(number)
            runspoor.log("n", number)
            time.sleep(0.1)
        """})
    node.start()
    node.until(lambda: node.std_log)
    node.service.down_until = time.monotonic() + 3

    assert node.wait() == 0
    assert node.service.refused_while_down > 0
    assert node.completed["outcome"] == "succeeded"
    assert node.std_log == "".join(f"{number}\n" for number in range(40))
    assert node.points("n") == list(range(40))
