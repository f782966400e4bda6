"""Datastores as scripts for v1 use them: containers and shares, folders there and back, datasets of them."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from runspoor.sdk.data_reference import DataReference
from runspoor.sdk.dataset import Dataset
from runspoor.sdk.datastore import Datastore
from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.storage_datastore import AbstractAzureStorageDatastore, AzureBlobDatastore, AzureFileDatastore
from runspoor.sdk.workspace import Workspace

from local.azurite import ACCOUNT_KEY, ACCOUNT_NAME

FILES = {"a.txt": b"a", ".hidden": b"h", "empty": b"", "sub/b.csv": b"1,2\n", "sub/deep/ü c.bin": bytes(10_000_000)}


def registered(workspace: Workspace, kind: str, name: str) -> AbstractAzureStorageDatastore:
    place = f"c-{uuid.uuid4().hex}"
    if kind == "blob":
        return Datastore.register_azure_blob_container(workspace, name, place, ACCOUNT_NAME, account_key=ACCOUNT_KEY,
                                                       create_if_not_exists=True)
    return Datastore.register_azure_file_share(workspace, name, place, ACCOUNT_NAME, account_key=ACCOUNT_KEY,
                                               create_if_not_exists=True)


@pytest.fixture(params=["blob", "share"])
def store(workspace: Workspace, request: pytest.FixtureRequest) -> AbstractAzureStorageDatastore:
    return registered(workspace, request.param, f"{request.param}_{uuid.uuid4().hex[:8]}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, content in FILES.items():
        (tmp_path / "src" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "src" / path).write_bytes(content)
    return tmp_path / "src"


def read(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_there_and_back(store: AbstractAzureStorageDatastore, folder: Path, tmp_path: Path,
                                 capsys: pytest.CaptureFixture[str]) -> None:
    made = store.upload(str(folder), "./in/here/")
    assert isinstance(made, DataReference)
    assert (made.datastore, made.path_on_datastore) == (store, "in/here")
    said = capsys.readouterr().out.splitlines()
    assert (said[0], said[-1]) == ("Uploading an estimated of 5 files", "Uploaded 5 files")
    back = tmp_path / "back"
    assert store.download(str(back), prefix="in/here/sub", show_progress=False) == 2
    assert capsys.readouterr().out == ""
    assert read(back) == {f"in/here/{path}": content for path, content in FILES.items() if path.startswith("sub/")}
    assert store.download(str(back)) == 3
    assert read(back / "in/here") == FILES
    assert store.download(str(back), prefix="none") == 0


def test_what_is_there_stays_unless_it_is_to_be_replaced(store: AbstractAzureStorageDatastore, folder: Path,
                                                         tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "sub/deep/ü c.bin").unlink()
    store.upload(str(folder))
    (folder / "a.txt").write_bytes(b"changed")
    (folder / "new").write_bytes(b"new")
    store.upload(str(folder))
    assert "Target already exists. Skipping upload for a.txt\n" in capsys.readouterr().out
    store.download(str(tmp_path / "one"))
    assert (tmp_path / "one/a.txt").read_bytes() == b"a"
    assert (tmp_path / "one/new").read_bytes() == b"new"
    store.upload(str(folder), overwrite=True)
    assert store.download(str(tmp_path / "one"), prefix="a.txt") == 0
    assert store.download(str(tmp_path / "one"), prefix="a.txt", overwrite=True) == 1
    assert (tmp_path / "one/a.txt").read_bytes() == b"changed"


def test_single_files_keep_what_is_below_their_root(store: AbstractAzureStorageDatastore, folder: Path, tmp_path: Path
                                                    ) -> None:
    chosen = [str(folder / "sub/b.csv"), str(folder / "a.txt")]
    store.upload_files(chosen, target_path="common", show_progress=False)
    store.upload_files(chosen[:1], relative_root=str(folder.parent), target_path="root", show_progress=False)
    store.upload_files(chosen[:1], show_progress=False)
    store.download(str(tmp_path / "back"), show_progress=False)
    assert {*read(tmp_path / "back")} == {"common/sub/b.csv", "common/a.txt", "root/src/sub/b.csv", "b.csv"}
    for wrong in ([], ["none"], str(folder / "a.txt")):
        with pytest.raises(UserErrorException):
            store.upload_files(wrong)
    with pytest.raises(UserErrorException, match="does not contain all files"):
        store.upload_files(chosen, relative_root=str(folder / "sub"))
    with pytest.raises(UserErrorException, match="upload_files takes single files"):
        store.upload(chosen[0])


def test_found_listed_default_and_forgotten(workspace: Workspace) -> None:
    before = workspace.get_default_datastore()
    blob, share = (registered(workspace, kind, f"{kind}_{uuid.uuid4().hex[:8]}") for kind in ("blob", "share"))
    assert (type(blob), blob.datastore_type) == (AzureBlobDatastore, "AzureBlob")
    assert (type(share), share.datastore_type) == (AzureFileDatastore, "AzureFile")
    lake = Datastore.register_azure_data_lake_gen2(workspace, f"lake_{uuid.uuid4().hex[:8]}", "data", ACCOUNT_NAME)
    known = workspace.datastores
    assert {before.name, blob.name, share.name, lake.name} <= {*known}
    assert known[lake.name].datastore_type == "AzureDataLakeGen2"
    again: Any = Datastore(workspace, blob.name.upper())
    assert (again.name, again.container_name, again.account_name) == (blob.name, blob.container_name, ACCOUNT_NAME)
    assert ACCOUNT_KEY not in str(vars(again))
    workspace.set_default_datastore(blob.name)
    try:
        default: Any = Datastore(workspace)
        assert default.name == Datastore.get_default(workspace).name == blob.name
    finally:
        before.set_as_default()
    assert workspace.get_default_datastore().name == before.name
    share.unregister()
    assert share.name not in workspace.datastores
    with pytest.raises(UserErrorException, match=f"There is no datastore '{share.name}'"):
        Datastore.get(workspace, share.name)


def test_a_name_is_one_container_unless_it_is_overwritten(workspace: Workspace) -> None:
    first = registered(workspace, "blob", f"one_{uuid.uuid4().hex[:8]}")
    with pytest.raises(UserErrorException, match="overwrite"):
        registered(workspace, "blob", first.name)
    second = Datastore.register_azure_blob_container(
        workspace, first.name, f"c-{uuid.uuid4().hex}", ACCOUNT_NAME, account_key=ACCOUNT_KEY, overwrite=True,
        create_if_not_exists=True)
    assert Datastore.get(workspace, first.name).container_name == second.container_name != first.container_name
    with pytest.raises(UserErrorException):
        Datastore.register_azure_blob_container(workspace, "wrong_key", "data", ACCOUNT_NAME, account_key="bm8=")


def test_an_uploaded_folder_is_a_dataset(store: AbstractAzureStorageDatastore, folder: Path, tmp_path: Path) -> None:
    made = Dataset.File.upload_directory(str(folder), (store, "set"), pattern="sub/**/*", show_progress=False)
    assert made.to_path() == ["/sub/b.csv", "/sub/deep/ü c.bin"]
    assert len(made.take(1).to_path()) == len(made.skip(1).to_path()) == 1
    one, other = made.random_split(0.5, seed=3)
    assert sorted(one.to_path() + other.to_path()) == sorted(made.to_path())
    (found,) = Dataset.File.from_files((store, "set/**/*.csv")).download(tmp_path / "back")
    assert Path(found).read_bytes() == FILES["sub/b.csv"]
    with pytest.raises(UserErrorException, match="has no file that matches"):
        Dataset.File.upload_directory(str(folder), (store, "set"), pattern="*.none")


def test_a_registered_dataset_says_that_its_files_were_changed(store: AbstractAzureStorageDatastore, folder: Path,
                                                               tmp_path: Path) -> None:
    store.upload_files([str(folder / "a.txt")], show_progress=False)
    dataset = Dataset.File.from_files((store, "a.txt")).register(store.workspace, f"pinned-{store.name}")
    (found,) = dataset.download(tmp_path / "before")
    assert Path(found).read_bytes() == b"a"
    (folder / "a.txt").write_bytes(b"another")
    store.upload_files([str(folder / "a.txt")], overwrite=True, show_progress=False)
    with pytest.raises(UserErrorException, match="has been changed since"):
        dataset.download(tmp_path / "after")
    assert read(tmp_path / "after") == {}
