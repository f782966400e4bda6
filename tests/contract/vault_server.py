"""A small Key Vault on loopback: https, the challenge by which its clients learn whom to ask for a token, and secrets.

Deleting is as in a vault with soft delete: the name is free for nobody until it is purged.
"""

import json
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.certificate import LOOPBACK, write_certificate

TOKEN = "token-of-the-backend"


@dataclass
class Vault:
    """A running vault: its ``url``, the certificate to trust, what it keeps, and the requests it had."""

    folder: Path
    secrets: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    requests: list[str] = field(default_factory=list)
    broken: int = 0
    """So many of the next requests are answered with 503."""

    def __post_init__(self) -> None:
        self.certificate = self.folder / "certificate.pem"
        write_certificate(self.certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self._server = ThreadingHTTPServer((LOOPBACK, 0), type("Bound", (_Requests,), {"vault": self}))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://{LOOPBACK}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Requests(BaseHTTPRequestHandler):
    vault: Vault
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer("GET")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    def log_message(self, format: str, *args: object) -> None:
        """Into no log."""

    def _answer(self, method: str) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        self.vault.requests.append(f"{method} {self.path}")
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            said = f'Bearer authorization="{self.vault.url}/tenant", resource="{self.vault.url}"'
            return self._send(401, {}, {"WWW-Authenticate": said})
        if self.vault.broken:
            self.vault.broken -= 1
            return self._send(503, {"error": {"code": "ServiceUnavailable", "message": "Later."}}, {"Retry-After": "0"})
        _, root, name, *_ = [*urlsplit(self.path).path.split("/"), ""]
        assert root == "secrets"
        return self._send(*self._do(method, name, body), {})

    def _do(self, method: str, name: str, body: dict[str, str]) -> tuple[int, dict[str, object]]:
        vault = self.vault
        if method == "PUT":
            if name in vault.deleted:
                return 409, {"error": {"code": "Conflict", "message": f"{name} is deleted but recoverable."}}
            vault.secrets[name] = body["value"]
        elif name not in vault.secrets:
            return 404, {"error": {"code": "SecretNotFound", "message": f"{name} was not found."}}
        shown: dict[str, object] = {"id": f"{vault.url}/secrets/{name}/1", "value": vault.secrets[name],
                                    "attributes": {"enabled": True}}
        if method == "DELETE":
            del vault.secrets[name]
            vault.deleted.add(name)
            shown = {**shown, "recoveryId": f"{vault.url}/deletedsecrets/{name}", "deletedDate": 1, "value": None}
        return 200, shown

    def _send(self, status: int, body: dict[str, object], headers: dict[str, str]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
