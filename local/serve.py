"""How every server of the one-machine system starts, says that it is ready, and stops.

A server prints one line, ``ready http://127.0.0.1:PORT``, when it accepts connections. It stops on SIGTERM and SIGINT,
and with ``watch_stdin`` also when its standard input closes: a parent that was killed closes the pipe, so nothing is
left behind.
"""

import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

LOOPBACK = "127.0.0.1"


def serve(build: Callable[[str], ASGIApp], port: int = 0, *, watch_stdin: bool = False,
          certificate: Path | None = None) -> None:
    """Serve ``build(base_url)`` on loopback until told to stop; port 0 takes a free one.

    The application is built when its address is known, so that it can put absolute links into its answers. With a
    ``certificate`` (PEM, with its key) it speaks https.
    """
    with socket.create_server((LOOPBACK, port), backlog=512) as listener:
        url = f"{'https' if certificate else 'http'}://{LOOPBACK}:{listener.getsockname()[1]}"
        server = _Server(build(url), url, certificate)
        if watch_stdin:
            threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True).start()
        server.run(sockets=[listener])


class _Server(uvicorn.Server):
    def __init__(self, app: ASGIApp, url: str, certificate: Path | None) -> None:
        # Keep-alive outlasts the idle connections of SDK pools, so that they never meet a closed socket.
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_keep_alive=75, lifespan="on",
                                timeout_graceful_shutdown=3, ssl_certfile=certificate, ssl_keyfile=certificate)
        super().__init__(config)
        self._url = url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        print(f"ready {self._url}", flush=True)


def _stop_at_end_of_input(server: uvicorn.Server) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    server.should_exit = True
