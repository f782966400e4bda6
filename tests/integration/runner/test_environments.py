"""Environments made of packages on a node: with a real pip and a real uv, of tiny wheels in a folder."""

import hashlib
import os
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path

import pytest
import uv

from tests.integration.runner import stand_ins
from tests.integration.runner.environments import (
    PATIENCE_SECONDS,
    SCRIPT,
    TOOLS,
    MakeNode,
    archives,
    asking,
    log_of,
    succeeded,
)

pytestmark = pytest.mark.timeout(PATIENCE_SECONDS)


def test_one_node_builds_and_others_take_what_it_stored(make: MakeNode, wheels: Path) -> None:
    environment = asking(wheels, "azureml-defaults", "tinymath>=1")
    first, second, third = make(), make(), make("node-2")
    for node in (first, second, third):
        succeeded(node.run(SCRIPT, environment=environment), node)
        where = next(line for line in node.std_log.splitlines() if line.startswith("in ")).split()
        assert where[1] == where[2]  # VIRTUAL_ENV is the prefix Python has
        assert node.std_log.splitlines()[:2] == ["sum 5", f"said from {where[1]}"]

    assert "azureml-defaults: left out, Runspoor stands in for it" in log_of(first)
    assert "Successfully installed tinymath-1.2" in log_of(first)
    (name,) = archives(first, environment)
    assert f"stored for other nodes: environments/{name}" in log_of(first)
    assert "found in the node's cache" in log_of(second)
    assert f"unpacked from storage: environments/{name}" in log_of(third)
    for node in (second, third):
        assert " install " not in log_of(node)
    assert str(third.surroundings and third.surroundings["AZ_BATCH_NODE_SHARED_DIR"]) in third.std_log


def test_uv_builds_where_it_is_there(make: MakeNode, wheels: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "uv").write_text(f'#!/bin/sh\necho certificates of the system: $UV_SYSTEM_CERTS\n'
                              f'exec {uv.find_uv_bin()} "$@"\n')
    (tools / "uv").chmod(0o755)
    environment = asking(wheels, "tinymath==1.2")
    node = make(path=f"{tools}:{TOOLS}", PIP_CONFIG_FILE=os.devnull)
    succeeded(node.run(SCRIPT, environment=environment), node)
    assert "uv pip install" in log_of(node)
    assert "+ tinymath==1.2" in log_of(node)
    assert "certificates of the system: 1" in log_of(node)

    broken = make(path=f"{tools}:{TOOLS}", PIP_CONFIG_FILE=os.devnull)
    reason = broken.run(SCRIPT, environment=asking(wheels, "tinymath==9"))["reason"]
    assert reason["code"] == "EnvironmentFailed"
    assert "there is no version of tinymath==9" in reason["message"]


def test_variables_of_the_environment_hold_for_the_build(make: MakeNode, wheels: Path) -> None:
    node = make()
    environment = {"packages": {"pip": ["tinymath"]}, "digest": uuid.uuid4().hex * 2}
    succeeded(node.run(SCRIPT, environment=environment,
                       variables={"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}), node)


@pytest.mark.parametrize("wanted", [
    {}, {"pip": ["azureml-sdk[notebooks]==1.0", "azureml-train-core", "# nothing", "--pre", "runspoor"],
         "conda": ["python", "pip=20.1", "cudatoolkit=10.1"]},
])
def test_nothing_to_install_costs_nothing(make: MakeNode, wanted: Mapping[str, object]) -> None:
    node = make()
    environment = {"packages": wanted, "digest": uuid.uuid4().hex * 2}
    succeeded(node.run({"train.py": "import sys; print(sys.prefix)"}, environment=environment), node)
    assert "nothing is to be installed" in log_of(node)
    assert archives(node, environment) == []


def test_another_python_is_substituted_and_said(make: MakeNode, wheels: Path, quick: str) -> None:
    for wanted, why in (("3.6.2", "needs Python 3.9 or later"), ("3.99", "has no such Python")):
        node = make(path=quick)
        succeeded(node.run(SCRIPT, environment=asking(wheels, "tinymath", python_version=wanted)), node)
        assert f"takes the place of Python {wanted}" in log_of(node)
        assert why in log_of(node)


def test_conda_packages_are_installed_by_pip_where_no_conda_is(make: MakeNode, wheels: Path) -> None:
    node = make()
    environment = asking(wheels, conda=["python=3.8", "tinymath=1.2=py38_0", "cudatoolkit=10.1"], channels=["defaults"])
    succeeded(node.run(SCRIPT, environment=environment), node)
    assert "tinymath=1.2=py38_0: installed by pip as tinymath==1.2.*" in log_of(node)
    assert "cudatoolkit=10.1: left out" in log_of(node)


@pytest.mark.parametrize(("pip", "words"), [
    ("needy", "No matching distribution found for tinymath<1"),
    ("not a requirement", "Invalid requirement"),
])
def test_a_broken_specification_fails_in_the_resolvers_words(
    make: MakeNode, wheels: Path, pip: str, words: str
) -> None:
    """Pip's; of uv's see above."""
    node = make()
    environment = asking(wheels, pip)
    completed = node.run(SCRIPT, environment=environment)
    assert (completed["outcome"], completed["reason"]["code"]) == ("failed", "EnvironmentFailed")
    assert words in completed["reason"]["message"]
    assert words in log_of(node)
    assert log_of(node).rstrip().endswith("failed: python ended with exit code 1")
    assert "running.json" not in node.names("signals")
    assert archives(node, environment) == []


def test_secrets_do_not_reach_the_log_or_the_reason(make: MakeNode, wheels: Path) -> None:
    node = make()
    completed = node.run(SCRIPT, environment=asking(wheels, "leaky"), variables={
        "MY_TOKEN": "s3cr3t-value", "WHERE": "https://ada:hunter22@pypi.example/simple?sig=abc123"})
    said = log_of(node) + completed["reason"]["message"] + node.said
    assert "leaky cannot be built" in said
    assert "the token is ***" in said
    assert "https://***@pypi.example/simple?..." in said
    for secret in ("s3cr3t-value", "hunter22", "abc123"):
        assert secret not in said


@pytest.mark.parametrize("damage", [b"damaged", b""])
def test_a_damaged_archive_is_passed_over_and_made_anew(
    make: MakeNode, wheels: Path, quick: str, damage: bytes
) -> None:
    environment = asking(wheels, "tinymath")
    first = make(path=quick)
    succeeded(first.run(SCRIPT, environment=environment), first)
    (name,) = archives(first, environment)
    blob = first.service.blobs.get_blob_client("environments", f"{environment['digest']}/{name}")
    # Once other content than its digest says, once with its own digest but no archive.
    metadata = {"sha256": hashlib.sha256(damage).hexdigest()} if damage else blob.get_blob_properties().metadata
    blob.upload_blob(damage, overwrite=True, metadata=metadata)

    second, third = make("node-2", quick), make("node-3", quick)
    succeeded(second.run(SCRIPT, environment=environment), second)
    assert f"the archive environments/{name} cannot be used" in log_of(second)
    assert "+ tinymath==1.2" in log_of(second)
    again = name.replace(".tar.gz", ".2.tar.gz")
    assert archives(second, environment) == sorted([name, again])
    succeeded(third.run(SCRIPT, environment=environment), third)
    assert f"unpacked from storage: environments/{again}" in log_of(third)


def test_a_local_run_keeps_its_environments_with_the_user(
    make: MakeNode, wheels: Path, quick: str, tmp_path: Path
) -> None:
    node = make()
    node.surroundings = {"PATH": quick, "HOME": str(tmp_path / "ada"), "LANG": "C.UTF-8"}
    succeeded(node.run(SCRIPT, environment=asking(wheels, "tinymath")), node)
    assert str(tmp_path / "ada" / ".cache" / "runspoor" / "environments") in node.std_log


def test_a_cache_that_cannot_be_written_is_done_without(
    make: MakeNode, wheels: Path, quick: str, tmp_path: Path
) -> None:
    (tmp_path / "node-1").write_text("a file where a folder should be")
    node = make(path=quick)
    succeeded(node.run(SCRIPT, environment=asking(wheels, "tinymath")), node)
    assert f"{node.home}/environments/" in node.std_log
    shutil.rmtree(node.home / "environments")


def test_conda_makes_what_names_its_packages(make: MakeNode, wheels: Path, tmp_path: Path) -> None:
    """With a stand-in for micromamba: this shows the commands it is given, and what becomes of the environment."""
    tools = stand_ins.place(tmp_path / "conda", "micromamba", stand_ins.CONDA, wheels=wheels,
                            uv=uv.find_uv_bin())
    environment = asking(wheels, conda=["tinymath"], channels=["lab"], python_version="3.10")
    first = make(path=f"{tools}:{TOOLS}")
    succeeded(first.run(SCRIPT, environment=environment), first)
    (call,) = stand_ins.told(tools)
    assert call[:3] == ["create", "--yes", "--prefix"]
    assert "--channel=lab" in call
    shutil.rmtree(tmp_path / "node-1")
    second = make(path=f"{tools}:{TOOLS}")  # a new node whose cache lies at the same path
    succeeded(second.run(SCRIPT, environment=environment), second)
    assert "unpacked from storage: environments/conda-" in log_of(second)
    assert len(list(stand_ins.told(tools))) == 1

    third = make(path=f"{tools}:{TOOLS}")
    reason = third.run(SCRIPT, environment=asking(wheels, conda=["nowhere"]))["reason"]
    assert reason["code"] == "EnvironmentFailed"
    assert "PackagesNotFoundError" in reason["message"]
