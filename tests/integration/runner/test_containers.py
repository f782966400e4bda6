"""Runs in containers: the commands the runner gives, to a stand-in for docker that executes the rest of the line."""

import sys
import uuid
from pathlib import Path

import pytest

from tests.integration.runner import stand_ins
from tests.integration.runner.node import Node

TOOLS = "/usr/sbin:/sbin:/usr/bin:/bin"
SCRIPT = {"train.py": """
    import os, sys, runspoor
    runspoor.log("n", 1)
    print("image", os.environ["IN_IMAGE"], "secret", os.environ["MY_TOKEN"], "node", os.environ.get("ONLY_ON_NODE"))
    print("run", os.environ["RUNSPOOR_RUN_ID"], os.environ["RUNSPOOR_ATTEMPT"])
    print("at", os.getcwd(), "home", os.environ["HOME"], sys.argv[1:])
    open("outputs/model.txt", "w").write("m")
    """}


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    inside = tmp_path / "image"
    inside.mkdir()
    (inside / "python").symlink_to(sys.executable)
    return stand_ins.place(tmp_path / "tools", "docker", stand_ins.DOCKER, answers=True, path=f"{inside}:/usr/bin:/bin")


def on(node: Node, tools: Path | None) -> Node:
    node.surroundings = {"PATH": f"{tools}:{TOOLS}" if tools else "/usr/sbin:/sbin", "HOME": "/root",
                         "ONLY_ON_NODE": "yes", "LANG": "C.UTF-8",
                         "RUNSPOOR_RUN_ID": node.run_id, "RUNSPOOR_ATTEMPT": "1"}  # as Batch gives them to the task
    return node


def test_a_script_runs_in_the_image(node: Node, tools: Path, tmp_path: Path) -> None:
    completed = on(node, tools).run(SCRIPT, arguments=("--epochs", "$(reboot) 3"), variables={"MY_TOKEN": "s3cr3t-9"},
                                    environment={"image": {"name": "ghcr.io/lab/torch:2"}})
    assert completed["outcome"] == "succeeded", node.said + node.std_log + node.text("system_logs/environment.txt")
    assert "image ghcr.io/lab/torch:2 secret s3cr3t-9 node None" in node.std_log
    assert f"run {node.run_id} 1" in node.std_log
    assert f"at {node.home}/snapshot home {node.home} ['--epochs', '$(reboot) 3']" in node.std_log
    assert node.blob("outputs/model.txt") == b"m"
    assert node.points("n") == [1]
    calls = list(stand_ins.told(tools))
    assert [call[0] for call in calls] == ["version", "image", "pull", "run", "rm"]
    assert "s3cr3t-9" not in str(calls)
    assert calls[-1] == ["rm", "--force", f"runspoor-{node.run_id}-1"]


def test_an_image_may_be_made_of_a_dockerfile(node: Node, tools: Path) -> None:
    text = "FROM python:3.12\nRUN pip install numpy; echo '$HOME'\n"
    completed = on(node, tools).run(SCRIPT, variables={"MY_TOKEN": "x"}, environment={"image": {"dockerfile": text}})
    assert completed["outcome"] == "succeeded", node.said
    build = next(call for call in stand_ins.told(tools) if call[0] == "build")
    assert (Path(build[-1]) / "Dockerfile").read_text() == text
    assert f"image {build[2]} " in node.std_log


def test_an_image_that_is_not_there_fails_in_the_runtimes_words(node: Node, tools: Path) -> None:
    reason = on(node, tools).run(SCRIPT, environment={"image": {"name": "lab/missing:1"}})["reason"]
    assert reason["code"] == "EnvironmentFailed"
    assert "manifest unknown" in reason["message"]


def test_a_command_is_looked_for_in_the_image(node: Node, tools: Path) -> None:
    completed = on(node, tools).run({"a.sh": "#!/bin/sh\necho in $IN_IMAGE"}, command=["sh", "a.sh"],
                                    environment={"image": {"name": "lab/torch"}})
    assert completed["outcome"] == "succeeded", node.said
    assert node.std_log == "in lab/torch\n"


def test_without_a_runtime_the_run_says_so(node: Node) -> None:
    reason = on(node, None).run(SCRIPT, environment={"image": {"name": "lab/torch"}})["reason"]
    assert reason["code"] == "NoContainerRuntime"
    assert "neither docker nor podman is there" in reason["message"]


def test_a_runtime_that_does_not_answer_is_none(node: Node, tmp_path: Path) -> None:
    tools = stand_ins.place(tmp_path / "tools", "docker", stand_ins.DOCKER, answers=False, path=TOOLS)
    on(node, tools).surroundings = {"PATH": str(tools), "HOME": "/root"}
    reason = node.run(SCRIPT, environment={"image": {"name": "lab/torch"}})["reason"]
    assert reason["code"] == "NoContainerRuntime"
    assert "does not answer" in reason["message"]
    assert "Cannot connect to the Docker daemon" in node.text("system_logs/environment.txt")


def test_cancellation_ends_the_container(node: Node, tools: Path) -> None:
    on(node, tools).submit({"train.py": "import time; print('here', flush=True); time.sleep(600)"}, grace=1,
                           environment={"image": {"name": "lab/torch"}})
    node.start()
    node.until(lambda: "here" in node.std_log)
    node.cancel()
    assert node.wait() == 0
    assert node.completed["outcome"] == "canceled"
    assert list(stand_ins.told(tools))[-1][0] == "rm"


@pytest.mark.parametrize("packages", [None, {"pip": ["azureml-defaults"]}])
def test_the_node_stands_for_v1s_base_images(node: Node, packages: object) -> None:
    environment = {"image": {"name": "mcr.microsoft.com/azureml/intelmpi2018.3-ubuntu16.04:20200423.v1"},
                   "packages": packages, "digest": uuid.uuid4().hex * 2}
    completed = on(node, None).run({"train.py": "print('ran')"}, environment=environment)
    assert completed["outcome"] == "succeeded", node.said
    assert "the node itself takes the place of the base image mcr.microsoft.com/azureml/intelmpi2018.3" in node.text(
        "system_logs/environment.txt")
