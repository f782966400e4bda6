"""Where config.json is searched, what it may say, and how it is written."""

import json
from pathlib import Path

import pytest
from runspoor.sdk import config_file
from runspoor.sdk.config_file import WorkspaceConfig
from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.workspace import Workspace

NAMES = {"subscription_id": "s", "resource_group": "g", "workspace_name": "w"}


def put(file: Path, **values: object) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**NAMES, **values}))
    return file


def test_the_nearest_folder_wins_and_in_it_the_order_of_v1(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert config_file.search(inner) is None
    above = put(tmp_path / ".azureml" / "config.json")
    assert config_file.search(inner) == above
    for place in ("config.json", "aml_config/config.json", ".azureml/config.json"):
        nearest = put(inner / place)
        assert config_file.search(inner) == nearest


def test_the_current_folder_is_where_the_search_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "config.json", workspace_name="here")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert Workspace.from_config().name == "here"


def test_a_file_and_another_file_name_can_be_given(tmp_path: Path) -> None:
    other = put(tmp_path / "conf" / "dev.json", workspace_name="dev")
    assert Workspace.from_config(other).name == "dev"
    put(tmp_path / ".azureml" / "dev.json", workspace_name="named")
    assert Workspace.from_config(tmp_path, _file_name="dev.json").name == "named"


def test_no_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserErrorException, match="runspoor login URL"):
        Workspace.from_config(tmp_path)


@pytest.mark.parametrize(("text", "said"), [
    ("{", "is not JSON"), ("[]", "is not a JSON object"), ('{"resource_group": "g"}', "lacks subscription_id, work"),
    (json.dumps({**NAMES, "workspace_name": 5}), "lacks workspace_name"),
])
def test_a_broken_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "config.json"
    file.write_text(text)
    with pytest.raises(UserErrorException, match=said):
        Workspace.from_config(tmp_path)


@pytest.mark.parametrize("name", ["runspoor_key", "RUNSPOOR_KEY", "key"])
def test_a_key_in_the_file_is_refused_and_not_repeated(tmp_path: Path, name: str) -> None:
    put(tmp_path / "config.json", **{name: "s3cret"})
    with pytest.raises(UserErrorException, match="has a key in it") as refused:
        Workspace.from_config(tmp_path)
    assert "s3cret" not in str(refused.value)


def test_a_mark_of_windows_editors_and_other_values_are_read_over(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text("\ufeff" + json.dumps({**NAMES, "Scope": "/subscriptions/s", "runspoor_url": "http://h/api"}))
    assert config_file.read(file) == WorkspaceConfig("s", "g", "w", "http://h/api")


def test_writing_keeps_other_values_and_leaves_no_pieces(tmp_path: Path) -> None:
    file = put(tmp_path / ".azureml" / "config.json", Scope="x", runspoor_url="http://old/api")
    config_file.write(file, WorkspaceConfig("s2", "g2", "w2"))
    assert json.loads(file.read_text()) == {
        "subscription_id": "s2", "resource_group": "g2", "workspace_name": "w2", "Scope": "x",
        "runspoor_url": "http://old/api"}
    assert list(file.parent.iterdir()) == [file]


def test_write_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNSPOOR_KEY", "the-key")
    Workspace("s", "g", "w", _url="http://127.0.0.1:9/api/").write_config(tmp_path)
    text = (tmp_path / ".azureml" / "config.json").read_text()
    assert config_file.read(tmp_path / ".azureml" / "config.json").url == "http://127.0.0.1:9/api"
    assert "the-key" not in text
    with pytest.raises(UserErrorException, match="is not a folder"):
        Workspace("s", "g", "w", _url="http://127.0.0.1:9/api").write_config(tmp_path / "none")
