"""Environments through the public surface: registered, found, listed; and made, cached and shared by runs."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import packages
from tests.end_to_end.conftest import Api, until
from tests.end_to_end.problem import refused

pytestmark = pytest.mark.timeout(900)  # builds are slow on a busy machine
SCRIPT = "import sys, tinymath\nprint(tinymath.add(2, 3), sys.prefix)\n"
SLOW = "import time\ntime.sleep(600)"


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    packages.wheel(folder, "tinymath", "1.2", "def add(a, b): return a + b")
    packages.source(folder, "slow", "1.0", SLOW)
    return folder


@pytest.fixture
def targets(api: Api) -> Iterator[tuple[str, str]]:
    """Two compute targets of one node each."""
    names = tuple(f"env-{uuid.uuid4().hex[:8]}" for _ in range(2))
    for name in names:
        body = {"name": name, "vm_size": "standard_d2s_v3", "min_nodes": 1, "max_nodes": 1}
        assert api.http.post("compute-targets", json=body).status_code == 201
    yield names[0], names[1]
    for name in names:
        api.http.delete(f"compute-targets/{name}")


def of(wheels: Path, *pip: str) -> dict[str, object]:
    """Packages of the folder, in an environment of its own: the comment is content too."""
    mark = f"# {uuid.uuid4().hex}"
    return {"packages": {"pip": [f"--find-links {wheels}", "--no-index", *pip, mark]}}


def build_log(api: Api, run_id: str) -> str:
    answer = api.http.get(f"runs/{run_id}/logs/system_logs/environment.txt")
    return answer.text if answer.status_code == 200 else ""


def test_one_build_serves_a_node_and_then_another(api: Api, wheels: Path, targets: tuple[str, str]) -> None:
    environment = of(wheels, "azureml-defaults", "tinymath>1")
    built, cached, unpacked = (ran(api, environment, target) for target in (targets[0], targets[0], targets[1]))
    assert " install " in built  # with uv where the node has it, else with pip
    assert "azureml-defaults: left out" in built
    assert "stored for other nodes" in built
    assert "found in the node's cache" in cached
    assert "unpacked from storage" in unpacked
    for log in (cached, unpacked):
        assert " install " not in log


def ran(api: Api, environment: dict[str, object], target: str) -> str:
    """The build log of a run that succeeded on the target."""
    run_id = api.submit(SCRIPT, environment=environment, compute_target=target)
    run = api.wait(run_id, seconds=400)
    assert run["status"] == "Completed", (run["reason"], build_log(api, run_id))
    assert "5 /" in api.http.get(f"runs/{run_id}/logs/user_logs/std_log.txt").text
    return build_log(api, run_id)


def test_a_broken_specification_fails_the_run_in_the_resolvers_words(api: Api, wheels: Path) -> None:
    run_id = api.submit(SCRIPT, environment=of(wheels, "tinymath==7"))
    run = api.wait(run_id, seconds=400)
    reason = run["reason"]
    assert isinstance(reason, dict)
    assert (run["status"], reason["code"]) == ("Failed", "EnvironmentFailed")
    assert any(words in reason["message"] for words in (
        "No matching distribution found for tinymath==7", "there is no version of tinymath==7"))
    assert reason["message"].splitlines()[-1] in build_log(api, run_id)
    assert api.http.get(f"runs/{run_id}/why").json()["summary"] == reason["message"]


def test_why_says_that_the_environment_is_awaited_and_a_build_can_be_canceled(api: Api, wheels: Path) -> None:
    run_id = api.submit(SCRIPT, environment=of(wheels, "slow"))
    until(lambda: " install " in build_log(api, run_id), 120)
    why = api.http.get(f"runs/{run_id}/why").json()
    assert (why["status"], why["waiting_for"]) == ("Starting", "environment")
    assert "system_logs/environment.txt" in why["next"]
    assert api.http.post(f"runs/{run_id}/cancel", json={}).status_code == 202
    assert api.wait(run_id, seconds=60)["status"] == "Canceled"


def test_an_image_without_a_runtime_says_so(api: Api) -> None:
    run_id = api.submit(SCRIPT, environment={"image": {"name": "registry.invalid/lab/torch:2"}})
    run = api.wait(run_id, seconds=90)
    reason = run["reason"]
    assert isinstance(reason, dict)
    assert (run["status"], reason["code"] in ("NoContainerRuntime", "EnvironmentFailed")) == ("Failed", True)


@pytest.fixture
def name() -> str:
    return f"env {uuid.uuid4().hex[:8]}.x"


def test_versions(api: Api, name: str) -> None:
    first, second = {"packages": {"pip": ["numpy"]}}, {"python": "/opt/python", "variables": {"A": "ü"}}
    answers = [api.http.post("environments", json={"name": name, **body}) for body in (first, first, second, first)]
    assert [(answer.status_code, answer.json()["version"]) for answer in answers] == [
        (201, "1"), (200, "1"), (201, "2"), (201, "3")]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["definition"] == {
        "python": None, "packages": {"python_version": None, "channels": [], "conda": [], "pip": ["numpy"]},
        "image": None, "variables": {}}
    assert api.http.get(f"environments/{name}").json() == answers[3].json()
    assert api.http.get(f"environments/{name}", params={"version": "2"}).json() == answers[2].json()
    for version in ("4", "0", "-1", "x", "1.0", "²", "9" * 30):
        refused(api.http.get(f"environments/{name}", params={"version": version}), 404, "has no version")
    refused(api.http.get(f"environments/{name}-not"), 404, "There is no environment")


def test_the_same_key_registers_once(api: Api, name: str) -> None:
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    first, other = {"name": name, "python": "/a"}, {"name": name, "python": "/b"}
    made = api.http.post("environments", json=first, headers=headers)
    assert api.http.post("environments", json=other).json()["version"] == "2"
    again = api.http.post("environments", json=first, headers=headers)
    assert (again.status_code, again.json()) == (200, made.json())


def test_lists_have_the_newest_versions_and_then_the_curated(api: Api, name: str) -> None:
    for python in ("/a", "/b"):
        api.http.post("environments", json={"name": name, "python": python})

    def listed(limit: int) -> list[tuple[str, str]]:
        found, cursor = [], None
        while True:
            query = {"limit": str(limit), **({"cursor": cursor} if cursor else {})}
            page = api.http.get("environments", params=query).json()
            found += [(each["name"], each["version"]) for each in page["value"]]
            cursor = page["next"]
            if cursor is None:
                return found

    until(lambda: (name, "2") in listed(100))
    everything = listed(100)
    assert everything[0] == (name, "2")
    assert len(set(everything)) == len(everything)
    for limit in (1, 3, len(everything)):
        assert listed(limit) == everything
    curated = [each for each, _ in everything if each.startswith("AzureML-")]
    assert "AzureML-Minimal" in curated
    assert [each for each, _ in everything][-len(curated):] == curated


def test_curated_environments_are_there_and_cannot_be_changed(api: Api) -> None:
    minimal = api.http.get("environments/AzureML-Minimal").json()
    assert (minimal["name"], minimal["version"], minimal["created_at"]) == ("AzureML-Minimal", "1", None)
    assert minimal["definition"]["packages"]["pip"] == ["azureml-defaults"]
    refused(api.http.get("environments/AzureML-Minimal", params={"version": "2"}), 404, "has no version")
    refused(api.http.get("environments/AzureML-Nothing"), 404, "AzureML-Minimal")
    for taken in ("AzureML-Minimal", "azureml-mine"):
        refused(api.http.post("environments", json={"name": taken, "python": "/a"}), 400, "choose another")


def test_a_run_in_a_curated_environment_needs_no_build(api: Api) -> None:
    minimal = api.http.get("environments/AzureML-Minimal").json()
    run_id = api.submit("print('ran')", environment={
        "name": minimal["name"], "version": minimal["version"], **minimal["definition"]})
    assert api.wait(run_id, seconds=60)["status"] == "Completed"
    assert "nothing is to be installed" in build_log(api, run_id)


WRONG = [
    ({"pip": ["--index-url https://ada:hunter2@pypi.example/simple"]}, "credentials"),
    ({"pip": ["torch @ https://files.example/torch.whl?sig=abc"]}, "credentials"),
    ({"channels": ["https://ada:hunter2@conda.example"]}, "credentials"),
    ({"pip": ["-r more.txt"]}, "'-r' cannot be in an environment"),
    ({"pip": ["-c limits.txt"]}, "'-c' cannot"),
    ({"pip": ["-e ."]}, "'-e' cannot"),
    ({"pip": ["--requirement=/etc/passwd"]}, "'--requirement' cannot"),
    ({"pip": ["--target /"]}, "'--target' cannot"),
    ({"pip": ["./wheels/a.whl"]}, "is a path"),
    ({"pip": ["a @ file:///etc/passwd"]}, "is a path"),
    ({"pip": ["folder/package"]}, "is a path"),
    ({"pip": ["numpy\n--index-url http://x"]}, "one line"),
    ({"pip": ["numpy \\"]}, "goes on"),
    ({"pip": [""]}, "at least 1 character"),
    ({"pip": ["a\0b"]}, "NUL"),
    ({"conda": ["--file=/etc/passwd"]}, "begins like an option"),
    ({"channels": ["--override"]}, "begins like an option"),
    ({"python_version": "3.8; reboot"}, "python_version"),
    ({"pip": ["a"] * 1001}, "at most 1000"),
    ({"unknown": 1}, "unknown"),
]


@pytest.mark.parametrize(("wrong", "said"), WRONG)
def test_packages_that_cannot_be_asked_for(api: Api, name: str, wrong: dict[str, object], said: str) -> None:
    detail = refused(api.http.post("environments", json={"name": name, "packages": wrong}), 400, said)
    assert "hunter2" not in detail
    body = {"experiment": "tests", "snapshot_id": "0" * 64, "compute_target": "cpu", "script": "train.py",
            "environment": {"packages": wrong}}
    refused(api.http.post("runs", json=body), 400, said)


@pytest.mark.parametrize(("body", "said"), [
    ({}, "name"), ({"name": ""}, "name"), ({"name": "a/b"}, "environment name"), ({"name": "-a"}, "environment name"),
    ({"name": "a", "version": "1"}, "version"), ({"name": "a", "python": "/a", "packages": {}}, "packages"),
    ({"name": "a", "image": {}}, "dockerfile"), ({"name": "a", "image": {"name": "--privileged"}}, "image.name"),
    ({"name": "a", "image": {"name": "a b"}}, "image.name"), ({"name": "a", "variables": {"A=B": "x"}}, "variables"),
    ({"name": "a", "variables": {"A": "x" * 30_000, **{f"B{n}": "x" * 30_000 for n in range(8)}}}, "fewer packages"),
])
def test_definitions_that_cannot_be_registered(api: Api, body: dict[str, object], said: str) -> None:
    refused(api.http.post("environments", json=body), 400, said)


def test_lines_that_are_welcome(api: Api, name: str) -> None:
    pip = ["numpy>=1.2,<2 ; python_version > '3.5'", "azureml-dataprep[pandas,fuse]>=1.1.14", "  scipy  ",
           "--extra-index-url https://${USER_NAME}:${PASSWORD}@pypi.example/simple", "--find-links=/mnt/wheels",
           "git+https://github.com/lab/tool@v1", "tool @ git+ssh://git@github.com/lab/tool.git",
           "https://files.example/tool-1.0-py3-none-any.whl", "--pre", "# a comment"]
    body = {"name": name, "packages": {"pip": pip, "conda": ["conda-forge::scikit-learn=0.24", "python>=3.8"]}}
    answer = api.http.post("environments", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["definition"]["packages"]["pip"] == [line.strip() for line in pip]
