"""Files: made, written in ranges, read whole and in parts."""

import base64
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.storage.fileshare import ContentSettings, ShareClient, generate_file_sas

from local.azurite import ACCOUNT_KEY, ACCOUNT_NAME

SOON = datetime.now(UTC) + timedelta(hours=1)
ODD = ["ü b#%.txt", "100%25", "a+b&c=d", "数", "~'()[]{}!@$;,", "spaces  in   it", "%2F", "e\u0301"]


def md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


@pytest.fixture
def signed(share: ShareClient) -> str:
    """A URL to read a file of ten digits."""
    file = share.get_file_client("ten digits")
    file.upload_file(b"0123456789")
    return f"{file.url}?{generate_file_sas(ACCOUNT_NAME, share.share_name, ['ten digits'], ACCOUNT_KEY, 'r', SOON)}"


def test_20_mb_up_and_down_through_the_sdk(share: ShareClient) -> None:
    data = os.urandom(20 * 1024 * 1024 + 7)
    file = share.get_file_client("large.bin")
    file.upload_file(data, max_concurrency=4, validate_content=True, metadata={"sha256": "x"},
                     content_settings=ContentSettings(content_type="a/b", content_md5=bytearray(md5(data))))
    assert file.download_file(max_concurrency=4, validate_content=True).readall() == data
    properties = file.get_file_properties()
    assert (properties.size, properties.metadata) == (len(data), {"sha256": "x"})
    assert properties.content_settings.content_type == "a/b"
    assert properties.content_settings.content_md5 == bytearray(md5(data))
    assert file.download_file(5_000_000, 300).readall() == data[5_000_000:5_000_300]


@pytest.mark.parametrize("name", ODD)
def test_an_odd_name_is_kept(share: ShareClient, name: str) -> None:
    share.create_directory(name).upload_file(name, name.encode())
    assert share.get_file_client(f"{name}/{name}").download_file().readall() == name.encode()
    assert [each.name for each in share.list_directories_and_files()] == [name]


@pytest.mark.parametrize("name", ["a:b", "a*", 'a"', "a<", "a|b", "x" * 256, "a\x01b"])
def test_a_name_that_is_refused(share: ShareClient, name: str) -> None:
    with pytest.raises(HttpResponseError, match="InvalidResourceName"):
        share.get_file_client(name).create_file(1)


def test_dots_at_the_end_are_dropped_unless_they_are_asked_for(share: ShareClient) -> None:
    share.get_file_client("a..").create_file(1)
    assert [each.name for each in share.list_directories_and_files()] == ["a"]


def test_a_range_is_written_and_cleared_within_the_length(share: ShareClient) -> None:
    file = share.get_file_client("f")
    file.create_file(1024)
    etags = [file.get_file_properties().etag]
    etags.append(file.upload_range(b"12345", 510, 5)["etag"])
    etags.append(file.clear_range(0, 512)["etag"])
    assert file.download_file().readall() == bytes(512) + b"345" + bytes(509)
    etags.append(file.resize_file(514)["etag"])
    assert file.download_file().readall() == bytes(512) + b"34"
    assert len(set(etags)) == 4
    for offset, length in ((513, 2), (514, 1), (9999, 1)):
        with pytest.raises(HttpResponseError, match="InvalidRange"):
            file.upload_range(b"x" * length, offset, length)


def test_damaged_and_too_large_ranges_change_nothing(share: ShareClient) -> None:
    file = share.get_file_client("f")
    file.upload_file(b"good")
    etag = file.get_file_properties().etag
    with pytest.raises(HttpResponseError, match="Md5Mismatch"):
        file.upload_range(b"evil", 0, 4, headers={"Content-MD5": base64.b64encode(md5(b"good")).decode()})
    large = share.get_file_client("large")
    large.create_file(8 * 1024 * 1024)
    with pytest.raises(HttpResponseError) as refusal:
        large.upload_range(bytes(4 * 1024 * 1024 + 1), 0, 4 * 1024 * 1024 + 1)
    assert refusal.value.status_code == 413
    assert (file.download_file().readall(), file.get_file_properties().etag) == (b"good", etag)


def test_a_file_made_again_is_another_one(share: ShareClient) -> None:
    file = share.get_file_client("f")
    file.upload_file(b"12345", metadata={"a": "1"}, content_settings=ContentSettings(content_type="a/b"))
    before = file.get_file_properties()
    file.create_file(3)
    after = file.get_file_properties()
    assert file.download_file().readall() == b"\0\0\0"
    assert before.etag != after.etag
    assert (after.metadata, after.content_settings.content_type) == ({}, "application/octet-stream")
    file.delete_file()
    with pytest.raises(ResourceNotFoundError, match="ResourceNotFound"):
        file.delete_file()


def test_headers_and_metadata_are_set_apart(share: ShareClient) -> None:
    file = share.get_file_client("f")
    file.upload_file(b"12345", metadata={"a": "1"}, content_settings=ContentSettings(content_language="de"))
    made = file.get_file_properties()
    file.set_http_headers(ContentSettings(content_type="text/csv", cache_control="no-store"))
    file.set_file_metadata({"b": "2"})
    found = file.get_file_properties()
    settings = found.content_settings
    assert (settings.content_type, settings.cache_control, settings.content_language) == ("text/csv", "no-store", None)
    assert (found.metadata, found.size, found.creation_time) == ({"b": "2"}, 5, made.creation_time)
    assert file.download_file().readall() == b"12345"


def test_parts_as_http_asks_for_them(http: httpx.Client, signed: str) -> None:
    answers = {span: http.get(signed, headers={"Range": f"bytes={span}"}) for span in ("2-4", "7-", "0-99", "10-", "x")}
    assert {span: answer.status_code for span, answer in answers.items()} == {
        "2-4": 206, "7-": 206, "0-99": 206, "10-": 416, "x": 400}
    assert [answers[span].content for span in ("2-4", "7-", "0-99")] == [b"234", b"789", b"0123456789"]
    assert answers["2-4"].headers["content-range"] == "bytes 2-4/10"
    assert answers["2-4"].headers["etag"] == http.get(signed).headers["etag"]
    assert answers["10-"].headers["x-ms-error-code"] == "InvalidRange"
    assert http.head(signed).headers["content-length"] == "10"


@pytest.mark.parametrize("name", ["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"])
def test_conditions_are_refused_as_azure_does(http: httpx.Client, signed: str, name: str) -> None:
    answer = http.get(signed, headers={name: http.get(signed).headers["etag"]})
    assert (answer.status_code, answer.headers["x-ms-error-code"]) == (400, "ConditionHeadersNotSupported")


def test_many_write_one_file_at_once(share: ShareClient) -> None:
    file = share.get_file_client("f")
    file.create_file(64 * 1000)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: file.upload_range(bytes([n]) * 1000, n * 1000, 1000), range(64)))
    assert file.download_file().readall() == b"".join(bytes([n]) * 1000 for n in range(64))


def test_of_many_that_make_one_file_each_finds_a_whole_one(share: ShareClient) -> None:
    file = share.get_file_client("f")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: file.create_file(n), range(1, 33)))
    size = file.get_file_properties().size
    assert file.download_file().readall() == bytes(size)
