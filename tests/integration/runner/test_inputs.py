"""What a run reads is there before its script starts, or the run says why it is not."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.mount.mounts import CAN_MOUNT
from tests.integration.runner.flaky_site import Site, serving
from tests.integration.runner.node import Document, Node
from tests.integration.runner.service import Input

SHOW = """
    import json, os, sys
    def content(path):
        if os.path.isfile(path):
            return open(path).read()
        return {os.path.relpath(os.path.join(folder, name), path): open(os.path.join(folder, name)).read()
                for folder, _, names in os.walk(path, followlinks=True) for name in names}
    names = [name for name in os.environ if name.startswith("RUNSPOOR_INPUT_") or "AZUREML_DATA" in name
             or name.lower() == "digits"]
    print(json.dumps({"argv": sys.argv[1:], "cwd": os.getcwd(), "variables": {n: os.environ[n] for n in names},
                      "content": [content(path) if os.path.exists(path) else None for path in sys.argv[1:]]}))
"""
ARGUMENT = {"input": "digits"}
DATASET = "0a1b2c3d-4e5f-6a7b-8c9d-0e1f2a3b4c5d"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def digits(mode: str = "mount", at: str | None = None, dataset: str | None = DATASET) -> dict[str, Document]:
    return {"digits": {"dataset": dataset, "mode": mode, "path_on_compute": at}}


def offered(node: Node, site: Site, files: dict[str, str], *, is_file: bool = False) -> Input:
    """The input ``digits``: files of the web site, by their path in the input."""
    for path, content in files.items():
        site.files[f"/{path}"] = content.encode()
    node.service.inputs["digits"] = Input(
        [{"path": path, "url": f"{site.url}/{path}", "size": None} for path in files], is_file)
    return node.service.inputs["digits"]


def shown(node: Node, *arguments: object, **how: object) -> Document:
    """What the script saw."""
    completed = node.run({"train.py": SHOW}, arguments=arguments or (ARGUMENT,), **how)
    assert completed["outcome"] == "succeeded", (completed, node.said)
    return dict(json.loads(node.std_log))


def failure(node: Node, **how: object) -> str:
    completed = node.run({"train.py": SHOW}, arguments=(ARGUMENT,), **how)
    assert (completed["outcome"], completed["reason"]["code"]) == ("failed", "InputNotAvailable"), completed
    assert "running.json" not in node.names("signals")
    return str(completed["reason"]["message"])


@pytest.mark.parametrize("mode", ["mount", "download"])
def test_a_folder_of_its_own(node: Node, site: Site, mode: str) -> None:
    files = {f"train/{number}.txt": str(number) for number in range(8)} | {"labels.csv": "a,b"}
    offered(node, site, files)
    seen = shown(node, inputs=digits(mode))
    assert seen["content"] == [files]
    assert not seen["argv"][0].startswith(seen["cwd"])
    assert seen["variables"] == {"RUNSPOOR_INPUT_digits": seen["argv"][0]}
    said = node.text("system_logs/runner.log")
    assert ("mounted read-only at" in said) == (mode == "mount" and CAN_MOUNT)
    assert ("delivers it as a download" in said) == (mode == "mount" and not CAN_MOUNT)


def test_one_file_is_that_file(node: Node, site: Site) -> None:
    offered(node, site, {"titanic.csv": "a,b"}, is_file=True)
    seen = shown(node, inputs=digits())
    assert seen["content"] == ["a,b"]
    assert seen["argv"][0].endswith("/titanic.csv")


def test_an_empty_folder(node: Node, site: Site) -> None:
    offered(node, site, {})
    assert shown(node, inputs=digits(dataset=None))["content"] == [{}]


def test_direct_is_the_id(node: Node) -> None:
    seen = shown(node, inputs=digits("direct"), compatibility="azureml-v1")
    assert seen["argv"] == [DATASET]
    assert seen["variables"]["AZUREML_DATASET_ENVIRONMENT_VARS"] == "digits:Direct"


def test_the_variables_of_azure_ml(node: Node, site: Site) -> None:
    offered(node, site, {"a": "1"})
    seen = shown(node, "--data=$AZUREML_DATAREFERENCE_digits/a", "$AZUREML_DATAREFERENCE_other", ARGUMENT,
                 inputs=digits(), compatibility="azureml-v1", variables={"DIGITS": "mine"})
    path = seen["argv"][2]
    assert seen["argv"][:2] == [f"--data={path}/a", "$AZUREML_DATAREFERENCE_other"]
    assert seen["variables"] == {
        "RUNSPOOR_INPUT_digits": path, "AZUREML_DATAREFERENCE_digits": path, "digits": path, "DIGITS": "mine",
        "AZUREML_DATASET_ENVIRONMENT_VARS": "digits:Mount"}


def test_a_command_has_inputs_too(node: Node, site: Site) -> None:
    offered(node, site, {"a": "1"})
    completed = node.run({"train.py": SHOW}, command=["python", "train.py", ARGUMENT], inputs=digits())
    assert completed["outcome"] == "succeeded"
    assert json.loads(node.std_log)["content"] == [{"a": "1"}]


def test_below_the_scripts_folder(node: Node, site: Site) -> None:
    offered(node, site, {"a": "1"})
    seen = shown(node, inputs=digits("download", "./tmp/dataset/"))
    assert seen["argv"] == [f"{seen['cwd']}/tmp/dataset"]
    assert seen["content"] == [{"a": "1"}]


@pytest.mark.parametrize("before", ["nothing", "empty", "the link of a run before"])
def test_an_absolute_path_shows_this_input_only(node: Node, site: Site, tmp_path: Path, before: str) -> None:
    place = tmp_path / "there" / "dataset"
    if before == "empty":
        place.mkdir(parents=True)
    if before == "the link of a run before":
        place.parent.mkdir()
        old = tmp_path / "runspoor_inputs" / "digits"
        old.mkdir(parents=True)
        (old / "stale").write_text("old")
        place.symlink_to(old)
    offered(node, site, {"a": "1"})
    seen = shown(node, inputs=digits(at=str(place)))
    assert (seen["argv"], seen["content"]) == ([str(place)], [{"a": "1"}])


def test_a_folder_that_has_files_keeps_them(node: Node, site: Site, tmp_path: Path) -> None:
    place = tmp_path / "data"
    place.mkdir()
    (place / "mine").write_text("kept")
    offered(node, site, {"a": "1"})
    assert shown(node, inputs=digits(at=str(place)))["content"] == [{"a": "1", "mine": "kept"}]


def test_a_path_that_is_a_file_is_said(node: Node, site: Site, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("mine")
    offered(node, site, {"a": "1"})
    said = failure(node, inputs=digits(at=str(tmp_path / "data")))
    assert f"cannot be placed at {tmp_path / 'data'}" in said
    assert (tmp_path / "data").read_text() == "mine"


def test_a_site_that_does_not_behave(node: Node, site: Site) -> None:
    files = {f"{number}.txt": os.urandom(2000).hex() for number in range(12)}
    offered(node, site, files)
    for number in range(12):
        site.troubles[f"/{number}.txt"] = [["429", "503"], ["hang up"], ["short", "short"]][number % 3]
    assert shown(node, inputs=digits())["content"] == [files]


def test_what_is_not_there_is_named(node: Node, site: Site) -> None:
    offered(node, site, {"a": "1", "b": "2"})
    node.service.inputs["digits"].files[1]["url"] = f"{site.url}/gone.gz?sig=secret"
    said = failure(node, inputs=digits("download"))
    assert said == f"Input 'digits' cannot be had: {site.url}/gone.gz: the server answered HTTP 404 Not Found."
    assert "secret" not in node.said + node.text("system_logs/runner.log") + json.dumps(node.completed)


def test_what_the_service_says_is_handed_on(node: Node) -> None:
    assert "has nothing at 'digits'" in failure(node, inputs=digits())


def test_a_url_that_expired_is_asked_for_anew(node: Node, site: Site) -> None:
    input = offered(node, site, {"a": "1"})
    site.troubles["/a?old"] = ["403"] * 9
    input.files[0]["url"], input.renewed["a"] = f"{site.url}/a?old", f"{site.url}/a"
    assert shown(node, inputs=digits())["content"] == [{"a": "1"}]


def test_a_file_that_is_listed_no_more_is_named(node: Node, site: Site) -> None:
    input = offered(node, site, {"a": "1"})
    site.troubles["/a"] = ["403"] * 9
    input.renewed["a"] = ""
    said = failure(node, inputs=digits("download"))
    assert said == f"Input 'digits' cannot be had: {site.url}/a: it is not listed any more."


def test_names_do_not_lead_out(node: Node, site: Site) -> None:
    site.files["/a"] = b"1"
    node.service.inputs["digits"] = Input([{"path": "a/../../out", "url": f"{site.url}/a"}])
    assert "cannot have this name" in failure(node, inputs=digits())
    assert site.asked == []


def test_links_on_the_node_do_not_lead_out(node: Node, site: Site, tmp_path: Path) -> None:
    place, outside = tmp_path / "data", tmp_path / "outside"
    place.mkdir()
    outside.mkdir()
    (place / "sub").symlink_to(outside)
    offered(node, site, {"sub/a": "1"})
    assert "a link on the node leads" in failure(node, inputs=digits(at=str(place)))
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("how", ["cancel", "terminate"])
def test_a_cancelled_run_waits_for_no_download(node: Node, site: Site, how: str) -> None:
    offered(node, site, {"a": "1" * 100_000})
    site.troubles["/a"] = ["stall"]
    node.submit({"train.py": SHOW}, inputs=digits("download"))
    node.start()
    node.until(lambda: site.asked)
    getattr(node, how)()
    assert node.wait() == 0, node.said
    assert node.completed["outcome"] == "canceled"
    assert node.std_log == ""

