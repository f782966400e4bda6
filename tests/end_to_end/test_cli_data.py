"""``runspoor datastores`` and ``runspoor datasets``, as people and programs use them."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from runspoor.cli.app import app

from local.azurite import ACCOUNT_KEY, ACCOUNT_NAME
from local.system import System
from tests.end_to_end.api import until

STORE = f"cli_{uuid.uuid4().hex[:8]}"


class Done(NamedTuple):
    """Its exit code, and what it printed."""

    code: int
    out: str
    err: str




Run = Callable[..., Done]


@pytest.fixture
def run(system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command in this process; others start it as users do."""
    for name, value in {**system.client_environment, "RUNSPOOR_DATASTORE_CREDENTIAL": ACCOUNT_KEY}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "up/sub").mkdir(parents=True)
    (tmp_path / "up/a.txt").write_text("a")
    (tmp_path / "up/sub/b.txt").write_text("b")

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            app(list(arguments), prog_name="runspoor")
        return Done(int(end.value.code or 0), *capsys.readouterr())

    return run


def found(run: Run, *arguments: str) -> Any:
    """What a command prints for programs."""
    done = run(*arguments, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_a_datastore_from_its_registration_to_its_end(run: Run, tmp_path: Path) -> None:
    made = found(run, "datastores", "register", STORE, "cli-share", "--account", ACCOUNT_NAME, "--kind", "share",
                 "--access", "account_key", "--create")
    assert (made["name"], made["kind"], made["access"], made["is_default"]) == (STORE, "share", "account_key", False)
    assert ACCOUNT_KEY not in json.dumps(made)
    assert found(run, "datastores", "upload", STORE, "up", "--to", "t") == [
        {"path": "t/a.txt"}, {"path": "t/sub/b.txt"}]
    again = run("datastores", "upload", STORE, "up", "--to", "t")
    assert "Skipping upload for t/a.txt" in again.err
    assert again.out == ""
    assert found(run, "datastores", "upload", STORE, "up/a.txt", "--overwrite") == [{"path": "a.txt"}]
    assert [each["path"] for each in found(run, "datastores", "files", STORE)] == [
        "a.txt", "t/a.txt", "t/sub/b.txt"]
    assert found(run, "datastores", "download", STORE, "t/sub", "--to", "down") == [{"path": "t/sub/b.txt"}]
    assert (tmp_path / "down/t/sub/b.txt").read_text() == "b"
    until(lambda: STORE in run("datastores", "list").out)
    before = next(each for each in found(run, "datastores", "list") if each["is_default"])
    assert found(run, "datastores", "set-default", STORE)["is_default"]
    assert run("datastores", "unregister", STORE).code == 5
    found(run, "datastores", "set-default", before["name"])
    assert "cli-share" in run("datastores", "show", STORE).out
    found(run, "datastores", "unregister", STORE)
    assert run("datastores", "show", STORE).code == 4


def test_a_dataset_by_its_name_and_its_id(run: Run, tmp_path: Path) -> None:
    name = f"cli-{uuid.uuid4().hex[:8]}"
    found(run, "datastores", "upload", "workspaceblobstore", "up", "--to", name)
    made = found(run, "datasets", "register", name, f"workspaceblobstore:{name}/**", "--tag", "a=b",
                 "--description", "what")
    assert (made["version"], made["pin"]["files"], made["pin"]["bytes"], made["tags"]) == (1, 2, 2, {"a": "b"})
    assert [each["path"] for each in found(run, "datasets", "files", name)] == ["a.txt", "sub/b.txt"]
    for each in (name, made["id"]):
        assert found(run, "datasets", "show", each)["id"] == made["id"]
    assert found(run, "datasets", "download", name, "--to", "down") == [
        {"path": "a.txt", "size": 1}, {"path": "sub/b.txt", "size": 1}]
    assert (tmp_path / "down/sub/b.txt").read_text() == "b"
    again = run("datasets", "download", name, "--to", "down")
    assert (again.code, again.out) == (0, "")
    assert "Here already, and left as it is: 2 of 2 files" in again.err
    table = ("datasets", "register", name, f"workspaceblobstore:{name}/a.txt", "--table", "delimited")
    assert run(*table).code == 5
    assert found(run, *table, "--new-version")["reading"]["format"] == "delimited"
    assert [each["version"] for each in found(run, "datasets", "versions", name)] == [2, 1]
    until(lambda: name in run("datasets", "list").out)
    assert f"workspaceblobstore:{name}/**" in run("datasets", "show", name, "--version", "1").out
    nowhere = run("datasets", "register", "none", "workspaceblobstore:nowhere/x")
    assert nowhere.code == 5
    assert "nowhere/x" in nowhere.err
    assert run("datasets", "register", "none", "up").code == 2
