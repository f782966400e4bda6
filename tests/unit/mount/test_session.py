"""The conversation with the kernel, in whose place is a socket."""

import errno
import socket
import struct
import threading
from contextlib import suppress
from typing import cast

import pytest
from runspoor.mount import kernel
from runspoor.mount.filesystem import FileSystem
from runspoor.mount.session import Session

REQUEST, ANSWER = struct.Struct("=IIQQIIIHH"), struct.Struct("=IiQ")


class Broken:
    """Answers STATFS, ends with DESTROY, and does nothing else as it should."""

    def answer(self, request: kernel.Request) -> bytes:
        if request.opcode == kernel.STATFS:
            return b"fine"
        raise SystemExit if request.opcode == kernel.DESTROY else ValueError("a fault")


def test_a_request_that_cannot_be_answered_ends_no_mount(capfd: pytest.CaptureFixture[str]) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        session = Session(theirs.fileno(), cast("FileSystem", Broken()))

        def serve() -> None:
            with suppress(SystemExit):
                session.run()

        serving = threading.Thread(target=serve)
        serving.start()
        answers = []
        for unique, opcode in ((1, kernel.LOOKUP), (2, kernel.STATFS)):
            ours.send(REQUEST.pack(REQUEST.size, opcode, unique, 1, 0, 0, 0, 0, 0))
            answers.append(ours.recv(1000))
        ours.send(REQUEST.pack(REQUEST.size, kernel.DESTROY, 3, 1, 0, 0, 0, 0, 0))
        serving.join()
        assert ANSWER.unpack(answers[0]) == (ANSWER.size, -errno.EIO, 1)
        assert ANSWER.unpack_from(answers[1])[1:] == (0, 2)
        assert answers[1].endswith(b"fine")
    assert "cannot be answered: ValueError('a fault')" in capfd.readouterr().err
