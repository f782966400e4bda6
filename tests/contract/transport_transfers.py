"""What every ``Transport`` does with blobs, at a server that is busy or hangs up in the middle of them."""

import hashlib
from pathlib import Path

import pytest
from runspoor import errors
from runspoor.transport import Transport

from tests.contract.transport_tests import TransportTests
from tests.scripted_server import Answer, Asked, ScriptedServer

RUN = Answer(201, b'{"run_id": "a"}')
CONTENT = bytes(range(256)) * 4096
ETAG = {"ETag": '"1"'}


def ranged(asked: Asked) -> Answer:
    """As Storage answers."""
    if "range" not in asked.headers:
        return Answer(200, CONTENT, ETAG)
    at = int(asked.headers["range"].removeprefix("bytes=").removesuffix("-"))
    return Answer(206, CONTENT[at:], ETAG)


class TransfersContract(TransportTests):
    """Uploads and downloads, which show no key."""

    @pytest.mark.parametrize("trouble", [Answer(0, early=True), Answer(500), Answer(503)])
    def test_an_upload_is_repeated_whole_and_shows_no_key(
        self, backend: ScriptedServer, api: Transport, tmp_path: Path, trouble: Answer
    ) -> None:
        file = tmp_path / "model"
        file.write_bytes(CONTENT)
        for data in (CONTENT, file):
            backend.answers, backend.asked = [trouble, Answer(201, b"")], []
            api.upload(f"{backend.url}/blob?sig=x", data)
            asked = backend.asked[-1]
            assert (asked.method, asked.path, asked.body) == ("PUT", "/blob?sig=x", CONTENT)
            assert asked.headers["x-ms-blob-type"] == "BlockBlob"
            assert "x-functions-key" not in asked.headers
            assert len(backend.asked) == 2

    def test_an_empty_file_can_be_uploaded(self, backend: ScriptedServer, api: Transport, tmp_path: Path) -> None:
        (tmp_path / "empty").touch()
        for data in (b"", tmp_path / "empty"):
            api.upload(f"{backend.url}/blob", data)
        assert [asked.headers["content-length"] for asked in backend.asked] == ["0", "0"]

    def test_a_download_is_what_is_stored(self, backend: ScriptedServer, api: Transport) -> None:
        backend.answers = [ranged]
        with api.download(f"{backend.url}/blob") as pieces:
            assert b"".join(pieces) == CONTENT
        assert "x-functions-key" not in backend.asked[0].headers

    def test_a_download_goes_on_where_it_broke(self, backend: ScriptedServer, api: Transport) -> None:
        half, tenth = len(CONTENT) // 2, len(CONTENT) // 10
        backend.answers = [Answer(200, CONTENT, ETAG, cut=half), Answer(0), Answer(503),
                           Answer(206, CONTENT[half:], ETAG, cut=0), Answer(206, CONTENT[half:], ETAG, cut=tenth),
                           ranged]
        with api.download(f"{backend.url}/blob") as pieces:
            digest = hashlib.sha256(b"".join(pieces)).digest()
        assert digest == hashlib.sha256(CONTENT).digest()
        assert backend.asked[-1].headers["range"] == f"bytes={half + tenth}-"

    def test_a_download_from_who_knows_no_ranges_begins_anew(self, backend: ScriptedServer, api: Transport) -> None:
        backend.answers = [Answer(200, CONTENT, cut=300_001), Answer(200, CONTENT)]
        with api.download(f"{backend.url}/blob") as pieces:
            assert b"".join(pieces) == CONTENT

    def test_a_download_of_what_changes_is_refused(self, backend: ScriptedServer, api: Transport) -> None:
        backend.answers = [Answer(200, CONTENT, ETAG, cut=1000), Answer(206, CONTENT[1000:], {"ETag": '"2"'})]
        with pytest.raises(errors.Corrupt), api.download(f"{backend.url}/blob") as pieces:
            b"".join(pieces)

    def test_a_download_that_never_ends_is_given_up(self, backend: ScriptedServer) -> None:
        api = self.make(backend.url, patience=0.3)
        backend.answers = [Answer(200, CONTENT, cut=1000), Answer(0)]
        with pytest.raises(errors.Unreachable), api.download(f"{backend.url}/blob") as pieces:
            b"".join(pieces)

    def test_a_download_need_not_be_read_to_its_end(self, backend: ScriptedServer, api: Transport) -> None:
        backend.answers = [ranged, RUN]
        with api.download(f"{backend.url}/blob") as pieces:
            assert next(iter(pieces))
        assert api.get("runs/a").json() == {"run_id": "a"}
