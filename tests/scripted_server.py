"""A real HTTP server whose answers a test scripts."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Asked:
    """A request as it arrived; ``port`` is the caller's, which tells connections apart."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    port: int


@dataclass(frozen=True)
class Answer:
    """``status`` 0: the connection is closed without an answer. ``cut``: after so many bytes of the body.

    ``early``: without reading what was sent. ``delay``: after so many seconds.
    """

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    early: bool = False
    delay: float = 0


class ScriptedServer:
    """Gives the answers in order, the last one again and again, and remembers what was asked."""

    def __init__(self) -> None:
        self.answers: list[Answer | Callable[[Asked], Answer]] = [Answer()]
        self.asked: list[Asked] = []
        self._lock = threading.Lock()
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                answer = scripted.next(self)
                time.sleep(answer.delay)
                self.close_connection = not answer.status or answer.cut is not None or answer.early
                if not answer.status:
                    return
                self.send_response(answer.status)
                for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body[:answer.cut])

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - as http.server looks for them

            def log_message(self, format: str, *values: object) -> None:
                """Stay silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def next(self, handler: BaseHTTPRequestHandler) -> Answer:
        """The answer to a request."""
        with self._lock:
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        is_early = isinstance(answer, Answer) and answer.early
        body = b"" if is_early else handler.rfile.read(int(handler.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(handler.command, handler.path, headers, body, handler.client_address[1])
        self.asked.append(asked)
        return answer if isinstance(answer, Answer) else answer(asked)


@contextmanager
def scripted_server() -> Iterator[ScriptedServer]:
    """One that runs."""
    scripted = ScriptedServer()
    thread = threading.Thread(target=scripted.server.serve_forever, args=(0.02,))
    thread.start()
    yield scripted
    scripted.server.shutdown()
    thread.join()
    scripted.server.server_close()
