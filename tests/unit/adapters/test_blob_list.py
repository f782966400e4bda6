"""What is read of the service's answers to the question for a container's blobs, and of odd ones."""

import socket
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.core.pipeline.transport import RequestsTransport

from shared.adapters import blob_list
from shared.adapters.blob_files import BlobFiles
from shared.application.data_ports import StorageSilent, StorageTrouble
from shared.domain.datastore import DatastoreDefinition
from shared.domain.errors import Invalid
from tests.scripted_server import Answer, ScriptedServer, scripted_server

SAID = ("<Properties><Last-Modified>Fri, 20 Nov 2026 10:00:00 GMT</Last-Modified><Etag>{etag}</Etag>"
        "<Content-Length>7</Content-Length></Properties>")


def blob(name: str, etag: str = "0x1", more: str = "") -> str:
    return f"<Blob>{name}{SAID.format(etag=etag)}{more}</Blob>"


def page(*blobs: str, following: str = "") -> Answer:
    return Answer(body=f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs>{"".join(blobs)}</Blobs>'
                       f"<NextMarker>{following}</NextMarker></EnumerationResults>".encode())


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


@pytest.fixture
def files(server: ScriptedServer) -> BlobFiles:
    return BlobFiles(DatastoreDefinition(kind="blob", account="photos", container="pictures", access="sas",
                                         endpoint=server.url), "sv=2026&sig=secret")


def test_what_is_asked_and_read(server: ScriptedServer, files: BlobFiles) -> None:
    server.answers = [page(blob("<Name>a &amp; b</Name>"), blob('<Name Encoded="true">c%EF%BF%BF%20d</Name>', '"0x2"'),
                           following="2!8!x")]
    found, cursor = files.list("a/ü &", "1!8!y", 2)
    assert [(file.path, file.size, file.etag) for file in found] == [("a & b", 7, '"0x1"'), ("c\uffff d", 7, '"0x2"')]
    assert (found[0].modified.isoformat(), cursor) == ("2026-11-20T10:00:00+00:00", "2!8!x")
    asked = urlsplit(server.asked[0].path)
    assert asked.path == "/pictures"
    assert {name: value for name, (value,) in parse_qs(asked.query).items()} == {
        "restype": "container", "comp": "list", "include": "metadata", "maxresults": "2", "prefix": "a/ü &",
        "marker": "1!8!y", "sv": "2026", "sig": "secret"}


def test_pages_of_folders_are_passed_over(server: ScriptedServer, files: BlobFiles) -> None:
    mark = "<Metadata><hdi_isfolder>true</hdi_isfolder></Metadata>"
    server.answers = [page(blob("<Name>a</Name>", more=mark), blob("<Name>b/</Name>"), following="1"),
                      page(blob("<Name>c</Name>"))]
    assert [file.path for file in files.list("")[0]] == ["c"]


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b"<Blobs>", page("<Blob><Name>a</Name></Blob>").body])
def test_an_answer_that_is_no_list(server: ScriptedServer, files: BlobFiles, body: bytes) -> None:
    server.answers = [Answer(body=body)]
    with pytest.raises(StorageTrouble, match="no answer of Azure Storage: check account and endpoint") as trouble:
        files.list("")
    assert "secret" not in str(trouble.value)


def test_what_is_refused(server: ScriptedServer, files: BlobFiles) -> None:
    server.answers = [Answer(404, headers={"x-ms-error-code": "ContainerNotFound"})]
    with pytest.raises(StorageTrouble, match="there is no 'pictures'"):
        files.list("")
    server.answers = [Answer(400)]
    with pytest.raises(Invalid, match="cursor"):
        files.list("", "x")
    with pytest.raises(StorageTrouble):
        files.list("")


def test_a_busy_service_is_asked_again(server: ScriptedServer, files: BlobFiles) -> None:
    server.answers = [Answer(503, headers={"Retry-After": "0"}), page(blob("<Name>a</Name>"))]
    assert len(files.list("")[0]) == 1
    server.answers = [Answer(503, headers={"Retry-After": "0"})]
    with pytest.raises(StorageSilent):
        files.list("")


def test_a_service_that_wants_to_be_left_alone_for_long_is_not_waited_for(
    server: ScriptedServer, files: BlobFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(RequestsTransport, "sleep", lambda _, seconds: waited.append(seconds))
    server.answers = [Answer(503, headers={"Retry-After": "3600"})] * 3
    with pytest.raises(StorageSilent):
        files.list("")
    assert waited == [blob_list.LONGEST_WAIT_SECONDS] * 2


def test_a_service_that_says_nothing_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blob_list, "LIST_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        at = f"http://127.0.0.1:{silent.getsockname()[1]}"
        quiet = BlobFiles(DatastoreDefinition(kind="blob", account="photos", container="pictures", access="sas",
                                              endpoint=at), "sv=2026&sig=secret")
        with pytest.raises(StorageSilent, match="cannot be reached"):
            quiet.list("")
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()
