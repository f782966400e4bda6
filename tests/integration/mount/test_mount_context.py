"""``FileDataset.mount`` on the caller's machine, also where it cannot mount."""

import os
import subprocess
from pathlib import Path

import pytest
from runspoor.mount import device
from runspoor.sdk.dataset import Dataset
from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.file_dataset import FileDataset

from tests.integration.mount.mounts import CAN_MOUNT
from tests.integration.mount.storage import Storage

HOW = (["mounted"] if CAN_MOUNT else []) + ["downloaded"]
FILES = {"train/a": b"1", "train/more/b": b"22"}


@pytest.fixture(params=HOW)
def how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "downloaded":
        monkeypatch.setenv(device.SWITCH, "off")
    return str(request.param)


@pytest.fixture
def dataset(storage: Storage) -> FileDataset:
    return of(storage, FILES)


def of(storage: Storage, files: dict[str, bytes]) -> FileDataset:
    for path, content in files.items():
        storage.put(path, content)
    return Dataset.File.from_files([f"{storage.url}/files/{path}" for path in files], validate=False)


def seen(folder: str) -> dict[str, bytes]:
    return {os.path.relpath(os.path.join(here, name), folder): Path(here, name).read_bytes()
            for here, _, names in os.walk(folder) for name in names}


def test_started_and_stopped(dataset: FileDataset, tmp_path: Path, how: str, capfd: pytest.CaptureFixture[str]) -> None:
    context = dataset.mount(str(tmp_path / "new" / "data"))
    assert not (tmp_path / "new").exists()
    context.start()
    context.start()
    assert context.mount_point == str(tmp_path / "new" / "data")
    assert os.path.ismount(context.mount_point) == (how == "mounted")
    assert seen(context.mount_point) == {"a": b"1", "more/b": b"22"}
    assert (context.data_path, context.is_single_file, context.single_file) == (context.mount_point, False, None)
    context.stop()
    context.stop()
    assert not os.path.lexists(context.mount_point)
    said = "runspoor: this machine cannot mount (RUNSPOOR_FUSE is off): the files are downloaded to"
    assert (said in capfd.readouterr().err) == (how == "downloaded")


def test_a_folder_of_its_own_for_a_while(dataset: FileDataset, how: str) -> None:
    with dataset.mount() as mounted:
        assert seen(mounted.mount_point) == {"a": b"1", "more/b": b"22"}
    assert not os.path.lexists(mounted.mount_point)
    with mounted:
        assert seen(mounted.mount_point) == {"a": b"1", "more/b": b"22"}


def test_modules_beside_the_script_are_not_taken_for_others(
    dataset: FileDataset, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "select.py").write_text("raise ImportError('not this one')")
    monkeypatch.chdir(tmp_path)
    with dataset.mount("data"):
        assert seen("data") == {"a": b"1", "more/b": b"22"}


def test_a_dataset_of_one_file(storage: Storage, how: str) -> None:
    with of(storage, {"titanic.csv": b"a,b"}).mount() as mounted:
        assert Path(mounted.data_path).read_bytes() == b"a,b"
        assert (mounted.is_single_file, mounted.single_file) == (True, "titanic.csv")


def test_a_folder_that_is_not_empty(dataset: FileDataset, tmp_path: Path, how: str) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(UserErrorException) as refused:
        dataset.mount(tmp_path).start()
    assert refused.value.message == f"Nothing can be mounted at {tmp_path}: it is not empty. Name an empty folder."
    with pytest.raises(UserErrorException, match="Nothing can be mounted at"):
        dataset.mount(tmp_path / "mine").start()
    assert (tmp_path / "mine").exists()


def test_an_error_inside_ends_it_too(dataset: FileDataset, how: str) -> None:
    mounted = dataset.mount()
    with pytest.raises(ZeroDivisionError), mounted:
        assert 1 / 0
    assert not os.path.lexists(mounted.mount_point)


def test_other_processes_of_a_script_see_it(dataset: FileDataset, how: str) -> None:
    with dataset.mount() as mounted:
        assert subprocess.run(["cat", f"{mounted.mount_point}/a"], capture_output=True, check=True).stdout == b"1"


def test_a_download_that_fails_leaves_nothing(
    dataset: FileDataset, storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(device.SWITCH, "off")
    mounted, content = dataset.mount(tmp_path / "data"), storage.files.pop("train/more/b")
    with pytest.raises(UserErrorException, match="train/more/b"):
        mounted.start()
    assert not (tmp_path / "data").exists()
    storage.put("train/more/b", content)
    with mounted:
        assert seen(mounted.mount_point) == {"a": b"1", "more/b": b"22"}
