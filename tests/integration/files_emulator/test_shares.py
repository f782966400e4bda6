"""Shares and directories, as the SDK sees them."""

from typing import cast

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.core.paging import PageIterator
from azure.storage.fileshare import (
    DirectoryProperties,
    FileProperties,
    ShareClient,
    ShareDirectoryClient,
    ShareServiceClient,
)

from tests.integration.files_emulator.running import Emulator


def names(directory: ShareClient | ShareDirectoryClient, prefix: str | None = None) -> list[str]:
    return [each.name for each in directory.list_directories_and_files(prefix)]


def test_a_share_is_made_once_and_deleted_with_all_in_it(service: ShareServiceClient) -> None:
    share = service.create_share("life", metadata={"a-b": "1", "aa": "2"}, quota=5)
    share.create_directory("d").upload_file("f", b"1")
    properties = share.get_share_properties()
    assert (properties.metadata, properties.quota) == ({"a-b": "1", "aa": "2"}, 5)
    with pytest.raises(ResourceExistsError, match="ShareAlreadyExists"):
        service.create_share("life")
    share.delete_share()
    with pytest.raises(ResourceNotFoundError, match="ShareNotFound"):
        share.get_share_properties()
    with pytest.raises(ResourceNotFoundError, match="ShareNotFound"):
        share.get_file_client("d/f").get_file_properties()
    service.create_share("life")
    assert names(service.get_share_client("life")) == []


def test_a_share_s_metadata_and_quota_change_apart(service: ShareServiceClient) -> None:
    share = service.create_share("changing")
    before = share.get_share_properties()
    share.set_share_metadata({"team": "a"})
    share.set_share_quota(7)
    after = share.get_share_properties()
    assert (after.metadata, after.quota) == ({"team": "a"}, 7)
    assert before.etag != after.etag


def test_shares_are_listed_page_by_page(service: ShareServiceClient) -> None:
    wanted = [f"page-{number}" for number in range(5)]
    for name in reversed(wanted):
        service.create_share(name, metadata={"n": name})
    pages = service.list_shares("page-", include_metadata=True, results_per_page=2).by_page()
    found = [[share.name for share in page] for page in pages]
    assert found == [wanted[:2], wanted[2:4], wanted[4:]]
    assert next(iter(service.list_shares("page-", include_metadata=True))).metadata == {"n": "page-0"}


@pytest.mark.parametrize("name", ["Upper", "ab", "a--b", "-ab", "under_score", "x" * 64])
def test_a_share_cannot_be_called_so(service: ShareServiceClient, name: str) -> None:
    with pytest.raises(HttpResponseError, match="InvalidResourceName"):
        service.create_share(name)


def test_directories_are_made_one_in_the_other(share: ShareClient) -> None:
    with pytest.raises(ResourceNotFoundError, match="ParentNotFound"):
        share.create_directory("a/b")
    share.create_directory("a", metadata={"k": "v"})
    share.create_directory("a/b")
    with pytest.raises(ResourceExistsError, match="ResourceAlreadyExists"):
        share.create_directory("A")
    properties = share.get_directory_client("a").get_directory_properties()
    assert (properties.metadata, properties.file_attributes) == ({"k": "v"}, "Directory")
    with pytest.raises(HttpResponseError, match="DirectoryNotEmpty"):
        share.delete_directory("a")
    share.delete_directory("a/b")
    share.delete_directory("a")
    assert not share.get_directory_client("a").exists()
    assert share.get_directory_client("").exists()


def test_a_file_is_no_directory_and_a_directory_no_file(share: ShareClient) -> None:
    share.create_directory("d")
    share.get_file_client("f").create_file(1)
    with pytest.raises(ResourceExistsError, match="ResourceTypeMismatch"):
        share.get_file_client("d").create_file(1)
    with pytest.raises(ResourceExistsError, match="ResourceTypeMismatch"):
        share.create_directory("f")
    with pytest.raises(ResourceNotFoundError, match="ParentNotFound"):
        share.get_file_client("f/x").create_file(1)
    for missing in ("d", "f/x", "nothing"):
        with pytest.raises(ResourceNotFoundError):
            share.get_file_client(missing).get_file_properties()
    with pytest.raises(ResourceNotFoundError):
        share.get_directory_client("f").get_directory_properties()


def test_names_compare_without_case_and_keep_it(share: ShareClient) -> None:
    share.create_directory("Daten").upload_file("Größe.TXT", b"12")
    assert share.get_file_client("DATEN/gRÖSSE.txt".replace("SS", "ß")).get_file_properties().size == 2
    assert names(share) == ["Daten"]
    assert names(share.get_directory_client("daten")) == ["Größe.TXT"]


def test_a_directory_is_listed_page_by_page_with_a_prefix(share: ShareClient) -> None:
    directory = share.create_directory("ü b")
    for name in ("x1", "x2", "y#%+&=", "X3"):
        directory.get_file_client(name).create_file(3)
    directory.create_subdirectory("x0")
    listing = directory.list_directories_and_files("x", include=["timestamps", "Etag", "Attributes"],
                                                   results_per_page=3).by_page()
    pages = [list(page) for page in listing]
    assert [[each.name for each in page] for page in pages] == [["x0", "x1", "x2"], ["X3"]]
    folder, seen = pages[0][:2]
    own = directory.get_file_client("x1").get_file_properties()
    assert isinstance(folder, DirectoryProperties)
    assert isinstance(seen, FileProperties)
    assert (seen.size, seen.etag, seen.last_modified) == (3, own.etag, own.last_modified)
    assert names(directory, "y") == ["y#%+&="]


def test_a_list_goes_on_although_what_it_ended_with_is_gone(share: ShareClient) -> None:
    for name in "abcd":
        share.get_file_client(name).create_file(0)
    first = cast("PageIterator[FileProperties]", share.list_directories_and_files(results_per_page=2).by_page())
    assert [each.name for each in next(first)] == ["a", "b"]
    share.get_file_client("b").delete_file()
    rest = share.list_directories_and_files(results_per_page=2).by_page(first.continuation_token)
    assert [each.name for page in rest for each in page] == ["c", "d"]


def test_what_is_not_emulated_is_refused_by_name(share: ShareClient, emulator: Emulator) -> None:
    file = share.get_file_client("f")
    file.upload_file(b"1")
    for use, named in (
        (lambda: file.start_copy_from_url(file.url), "x-ms-copy-source"), (file.acquire_lease, "comp='lease'"),
        (share.create_snapshot, "comp='snapshot'"), (lambda: next(iter(file.list_ranges())), "comp='rangelist'"),
        (lambda: file.rename_file("g"), "comp='rename'"), (emulator.client().get_service_properties, "'service'"),
    ):
        with pytest.raises(HttpResponseError, match=named) as refusal:
            use()
        assert refusal.value.status_code == 501
