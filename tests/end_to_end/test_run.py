"""A run from submission to its end, through the public surface."""

from tests.end_to_end.conftest import Api

SCRIPT = """
import runspoor
print("hello")
runspoor.log_list("loss", [1.0, 0.5, 0.25])
runspoor.tag("stage", "done")
open("outputs/model.txt", "w").write("weights")
"""


def test_a_run_completes_and_leaves_everything(api: Api) -> None:
    run_id = api.submit(SCRIPT)
    run = api.wait(run_id)
    assert run["status"] == "Completed"
    assert run["tags"] == {"stage": "done"}
    assert api.http.get(f"runs/{run_id}/metrics/loss").json()["values"] == [1.0, 0.5, 0.25]
    assert api.http.get(f"runs/{run_id}/logs/user_logs/std_log.txt").text == "hello\n"
    link = api.http.get(f"runs/{run_id}/files/outputs/model.txt").json()
    assert api.http.get(link["url"], headers={"x-functions-key": ""}).text == "weights"
    types = api.types(run_id)
    assert types.count("run.tagged") == 1
    assert [kind for kind in types if kind != "run.tagged"] == [
        "run.submitted", "run.attempt_opened", "run.attempt_queued", "run.attempt_started", "run.script_started",
        "run.attempt_ended", "run.ended",
    ]
