"""A network that loses answers: what was asked for has happened, but the one who asked is not told."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Queue


@contextmanager
def lossy(host: str, port: int, loses: Callable[[int], bool]) -> Iterator[int]:
    """A TCP proxy in front of ``host:port``; gives its own port. The n-th answer is cut off when ``loses(n)``."""
    started: Queue[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Queue()

    async def serve() -> None:
        ended = asyncio.Event()
        proxy = _Proxy(host, port, loses)
        server = await asyncio.start_server(proxy.connect, "127.0.0.1", 0)
        started.put((server.sockets[0].getsockname()[1], asyncio.get_running_loop(), ended))
        await ended.wait()
        server.close()
        proxy.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    own, loop, ended = started.get(timeout=10)
    yield own
    loop.call_soon_threadsafe(ended.set)
    thread.join()


class _Proxy:
    def __init__(self, host: str, port: int, loses: Callable[[int], bool]) -> None:
        self._host, self._port, self._loses = host, port, loses
        self._answers = 0
        self._open: set[asyncio.StreamWriter] = set()

    async def connect(self, asked: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        self._open |= {answer, writer}
        await asyncio.gather(self._forward(asked, writer), self._answer(reader, answer, writer))
        self._open -= {answer, writer}

    async def _forward(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while piece := await source.read(65536):
                target.write(piece)
                await target.drain()
        except ConnectionError:
            pass
        target.close()

    async def _answer(self, source: asyncio.StreamReader, target: asyncio.StreamWriter,
                      other: asyncio.StreamWriter) -> None:
        while piece := await source.read(65536):
            if piece.startswith(b"HTTP/1.1"):
                self._answers += 1
                if self._loses(self._answers):
                    break
            target.write(piece)
        target.close()
        other.close()

    def close(self) -> None:
        for writer in self._open:
            writer.close()
