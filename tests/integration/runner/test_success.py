"""A run that goes well."""

import hashlib
import json

from tests.integration.runner.node import Node

TRAIN = """
    import os, sys, runspoor
    print("hello", sys.argv[1:], os.environ["COLOR"])
    for epoch in range(3):
        runspoor.log("accuracy", epoch / 2, step=epoch)
    runspoor.log("loss", float("nan"))
    runspoor.log_list("many", range(25_000))
    runspoor.log_row("confusion", x=1, y="a")
    runspoor.tag("stage", "tuned")
    os.makedirs("outputs/deep")
    open("outputs/deep/model.txt", "w").write("weights")
    open("logs/events.log", "w").write("event\\n")
    open("outputs/plot.png", "wb").write(b"png")
    runspoor.log_image("plot", path="outputs/plot.png")
"""


def test_a_script_runs_and_everything_arrives(node: Node) -> None:
    completed = node.run({"train.py": TRAIN, "pkg/data.txt": "x", "go.sh": "#!/bin/sh"}, arguments=("--epochs", "3"),
                         variables={"COLOR": "grün"})

    assert completed["outcome"] == "succeeded"
    assert (completed["exit_code"], completed["signal"], completed["reason"]) == (0, None, None)
    assert node.std_log == "hello ['--epochs', '3'] grün\n"
    assert completed["last_lines"] == ["hello ['--epochs', '3'] grün"]
    assert node.names("signals") == {"started.json", "running.json", "completed.json"}
    assert node.names() == {"outputs/deep/model.txt", "outputs/plot.png", "logs/events.log", "outputs.jsonl",
                            "user_logs/std_log.txt", "system_logs/runner.log"}
    assert node.blob("outputs/deep/model.txt") == b"weights"
    assert node.blob("logs/events.log") == b"event\n"
    sha = hashlib.sha256(b"weights").hexdigest()
    properties = node.properties("outputs/deep/model.txt")
    assert properties.metadata == {"sha256": sha}
    assert properties.content_settings.content_type == "text/plain"
    listed = [json.loads(line) for line in node.text("outputs.jsonl").splitlines()]
    assert listed[0] == {"path": "outputs/deep/model.txt", "size": 7, "sha256": sha}
    assert completed["outputs"] == {"files": 2, "bytes": 10, "failed": []}
    assert (node.home / "snapshot" / "go.sh").stat().st_mode & 0o111


def test_what_is_logged_arrives_in_order(node: Node) -> None:
    completed = node.run({"train.py": TRAIN}, variables={"COLOR": ""})

    assert completed["metrics"] == {"chunks": len(node.chunks)}
    assert len(node.chunks) > 1
    assert node.points("accuracy") == [0.0, 0.5, 1.0]
    assert node.points("loss") == [{"$float": "NaN"}]
    assert node.points("many") == list(range(25_000))
    assert node.points("confusion") == [{"x": 1, "y": "a"}]
    assert node.points("plot") == [{"path": "outputs/plot.png"}]
    assert [tag for chunk in node.chunks for tag in chunk["tags"]] == [{"name": "stage", "value": "tuned"}]
    first = next(series for series in node.chunks[0]["series"] if series["name"] == "accuracy")
    assert (first["kind"], first["steps"], len(first["at"])) == ("scalar", [0, 1, 2], 3)


def test_the_token_and_the_signatures_are_nowhere(node: Node) -> None:
    node.run({"train.py": "import os; print(dict(os.environ))"})

    assert not (node.home / "task.json").exists()
    written = [path.read_text(errors="replace") for path in node.home.rglob("*") if path.is_file()]
    written += [node.std_log, node.text("system_logs/runner.log"), node.said]
    assert not any("secret-token" in text or "sig=" in text for text in written)


def test_a_command_runs_with_the_environments_python(node: Node) -> None:
    node.run({"tool/__main__.py": "import sys; print(sys.argv[1])"}, command=["python", "-m", "tool", "a b;$HOME"])

    assert node.std_log == "a b;$HOME\n"


def test_std_log_is_live(node: Node) -> None:
    node.submit({"train.py": """
        import os, time
        print("first")
        while not os.path.exists("go"):
            time.sleep(0.01)
        print("second")
        """})
    node.start()
    node.until(lambda: node.std_log == "first\n")
    assert "completed.json" not in node.names("signals")
    (node.home / "snapshot" / "go").touch()
    assert node.wait() == 0
    assert node.std_log == "first\nsecond\n"


def test_a_log_that_is_written_anew_is_replaced(node: Node) -> None:
    node.submit({"train.py": """
        import os, time
        open("logs/state.json", "w").write("one, and more than the next")
        while not os.path.exists("go"):
            time.sleep(0.01)
        open("logs/state.json", "w").write("two")
        """})
    node.start()
    node.until(lambda: node.text("logs/state.json").startswith("one"))
    (node.home / "snapshot" / "go").touch()
    assert node.wait() == 0
    assert node.text("logs/state.json") == "two"
