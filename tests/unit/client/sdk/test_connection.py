"""Which backend is meant, which key it is shown, and where keys are kept."""

import json
import os
import stat
from pathlib import Path

import pytest
from runspoor.sdk import keyring
from runspoor.sdk.connection import connection
from runspoor.sdk.exceptions import AuthenticationException, ServiceException, UserErrorException
from runspoor.sdk.login import login
from runspoor.sdk.workspace import Workspace

from tests.scripted_server import Answer, ScriptedServer


@pytest.fixture(autouse=True)
def nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RUNSPOOR_URL", "RUNSPOOR_KEY", "RUNSPOOR_ACCESS_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def test_keys_are_kept_by_backend_for_the_user_alone(tmp_path: Path) -> None:
    assert keyring.key_of("http://h/api") is None
    keyring.keep("http://h/api/", "one")
    keyring.keep("HTTPS://Other.example/api", "two")
    assert (keyring.key_of("http://H/api"), keyring.key_of("https://other.example/api")) == ("one", "two")
    file = tmp_path / "home" / "runspoor" / "keys.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]
    keyring.forget("http://h/api")
    assert (keyring.key_of("http://h/api"), keyring.key_of("https://other.example/api")) == (None, "two")


def test_a_file_that_others_could_read_is_replaced_by_one_they_cannot(tmp_path: Path) -> None:
    keyring.keep("http://h/api", "one")
    keyring.file().chmod(0o644)
    keyring.keep("http://h/api", "two")
    assert stat.S_IMODE(keyring.file().stat().st_mode) == 0o600


def test_without_the_variable_keys_are_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert keyring.file() == tmp_path / ".config" / "runspoor" / "keys.json"


def test_a_broken_keyring_says_so() -> None:
    keyring.keep("http://h/api", "one")
    keyring.file().write_text("{")
    with pytest.raises(UserErrorException, match="mend the file"):
        keyring.key_of("http://h/api")


def test_the_url_of_the_file_comes_before_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNSPOOR_URL", "http://env/api")
    monkeypatch.setenv("RUNSPOOR_KEY", "env-key")
    keyring.keep("http://file/api", "file-key")
    assert (connection().url, connection().credential) == ("http://env/api", "env-key")
    here = connection("http://file/api/")
    assert (here.url, here.credential) == ("http://file/api", "file-key")


def test_a_config_of_others_never_gets_the_key_of_another_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNSPOOR_URL", "http://env/api")
    monkeypatch.setenv("RUNSPOOR_KEY", "env-key")
    with pytest.raises(AuthenticationException, match="runspoor login http://elsewhere/api"):
        connection("http://elsewhere/api")


def test_the_key_of_the_environment_comes_before_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring.keep("http://h/api", "kept")
    assert connection("http://h/api").credential == "kept"
    monkeypatch.setenv("RUNSPOOR_KEY", "set")
    assert connection("http://h/api").credential == "set"


def test_a_workspace_made_of_names_finds_the_nearest_config(tmp_path: Path) -> None:
    with pytest.raises(UserErrorException, match="Nothing says where Runspoor is"):
        Workspace("s", "g", "w").location  # noqa: B018
    keyring.keep("http://127.0.0.1:1/api", "k")
    (tmp_path / "config.json").write_text(json.dumps({
        "subscription_id": "s", "resource_group": "g", "workspace_name": "w", "runspoor_url": "http://127.0.0.1:1/api"}))
    assert Workspace("s", "g", "w").location == "127.0.0.1"
    assert Workspace.get("w").resource_group == "g"
    assert repr(Workspace.get("w", subscription_id="x")) == (
        "Workspace.create(name='w', subscription_id='x', resource_group='g')")


def test_inside_a_run_its_own_right_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                           backend: ScriptedServer) -> None:
    access = tmp_path / "access.json"
    access.write_text(json.dumps({"url": f"{backend.url}/api/node", "token": "run-token"}))
    monkeypatch.setenv("RUNSPOOR_ACCESS_FILE", str(access))
    monkeypatch.setenv("RUNSPOOR_URL", "http://env/api")
    backend.answers = [Answer(200, b'{"version": "1"}')]
    Workspace("s", "g", "w").get_details()
    access.write_text(json.dumps({"url": f"{backend.url}/api/node", "token": "renewed"}))
    Workspace("s", "g", "w").get_details()
    assert [asked.headers["authorization"] for asked in backend.asked] == ["Bearer run-token", "Bearer renewed"]
    assert {asked.path for asked in backend.asked} == {"/api/node/health"}


def test_login_tries_the_key_and_writes_both_files(tmp_path: Path, backend: ScriptedServer) -> None:
    file = login(f"{backend.url}/api/", "the-key", tmp_path)
    [asked] = backend.asked
    assert (asked.path, asked.headers["x-functions-key"]) == ("/api/experiments?limit=1", "the-key")
    assert file == tmp_path / "config.json"
    assert "the-key" not in file.read_text()
    assert json.loads(file.read_text())["runspoor_url"] == f"{backend.url}/api"
    assert Workspace.from_config(tmp_path).api.url == f"{backend.url}/api"
    assert keyring.key_of(f"{backend.url}/api") == "the-key"


def test_login_keeps_the_names_of_a_file_that_is_there(tmp_path: Path, backend: ScriptedServer) -> None:
    known = tmp_path / "aml_config" / "config.json"
    known.parent.mkdir()
    known.write_text(json.dumps({"subscription_id": "s", "resource_group": "g", "workspace_name": "mine"}))
    assert login(f"{backend.url}/api", "the-key", tmp_path) == known
    assert Workspace.from_config(tmp_path).name == "mine"


@pytest.mark.parametrize(("status", "error"), [(401, AuthenticationException), (403, AuthenticationException)])
def test_a_wrong_key_is_not_kept(tmp_path: Path, backend: ScriptedServer, status: int, error: type[Exception]) -> None:
    backend.answers = [Answer(status)]
    with pytest.raises(error):
        login(f"{backend.url}/api", "wrong", tmp_path)
    assert keyring.key_of(f"{backend.url}/api") is None
    assert os.listdir(tmp_path) == []


def test_a_backend_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runspoor.sdk.login.PATIENCE_SECONDS", 0.1)
    with pytest.raises(ServiceException, match="is it up"):
        login("http://127.0.0.1:9/api", "k", tmp_path)
    with pytest.raises(UserErrorException, match="is not the address of a backend"):
        login("127.0.0.1:9", "k", tmp_path)
