"""What was answered survives kill -9."""

import os
from pathlib import Path

import pytest

from local.files.storage import Storage
from tests.integration.files_emulator.running import Emulator


def test_all_of_it_survives_kill_9(tmp_path: Path) -> None:
    emulator = Emulator(tmp_path)
    share = emulator.client().create_share("kept", metadata={"a": "1"})
    share.create_directory("d ü")
    data = os.urandom(5 * 1024 * 1024)
    share.get_file_client("d ü/f#").upload_file(data, metadata={"b": "2"}, max_concurrency=2)
    share.get_file_client("gone").upload_file(b"1")
    share.get_file_client("gone").delete_file()
    before = share.get_file_client("d ü/f#").get_file_properties()
    listing = share.list_directories_and_files(results_per_page=1).by_page()
    next(listing)

    with emulator.restart() as revived:
        assert revived.url == emulator.url
        share = revived.client().get_share_client("kept")
        file = share.get_file_client("d ü/f#")
        after = file.get_file_properties()
        assert (after.etag, after.metadata, after.last_modified) == (before.etag, {"b": "2"}, before.last_modified)
        assert file.download_file().readall() == data
        assert [each.name for each in share.list_directories_and_files()] == ["d ü"]
        file.upload_range(b"x", 0, 1)
        assert file.get_file_properties().etag != before.etag


def test_killed_between_two_ranges_the_file_goes_on(tmp_path: Path) -> None:
    emulator = Emulator(tmp_path)
    file = emulator.client().create_share("kept").get_file_client("f")
    file.create_file(6)
    file.upload_range(b"123", 0, 3)
    with emulator.restart():
        assert file.download_file().readall() == b"123\0\0\0"
        file.upload_range(b"456", 3, 3)
        assert file.download_file().readall() == b"123456"


def test_what_a_killed_process_left_over_is_cleaned_up(tmp_path: Path) -> None:
    with Emulator(tmp_path) as emulator:
        emulator.client().create_share("kept").get_file_client("f").upload_file(b"1")
    orphan = tmp_path / "content" / "4711"
    orphan.write_bytes(b"nobody's")
    storage = Storage(tmp_path)
    share = storage.share("kept")
    assert share
    file = storage.find(share, ("f",))
    assert file
    assert [path.name for path in (tmp_path / "content").iterdir()] == [str(file.number)]
    storage.close()


def test_a_second_emulator_on_the_same_state_is_refused(tmp_path: Path) -> None:
    with Emulator(tmp_path), pytest.raises(RuntimeError, match="did not start"):
        Emulator(tmp_path)


def test_it_stops_when_its_input_closes(tmp_path: Path) -> None:
    emulator = Emulator(tmp_path)
    assert emulator.process.stdin
    emulator.process.stdin.close()
    assert emulator.process.wait(10) == 0
    assert emulator.process.stdout
    emulator.process.stdout.close()
