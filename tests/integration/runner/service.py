"""The service as a compute node sees it: grants for blobs in a real Azurite."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from queue import Queue

import uvicorn
from azure.storage.blob import BlobSasPermissions, BlobServiceClient, generate_blob_sas
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CONTAINERS = ("runs", "metrics", "signals", "snapshots", "environments", "data")
FILES_PER_PAGE = 3
READ = BlobSasPermissions(read=True)
READ_AND_WRITE = BlobSasPermissions(read=True, create=True, write=True, delete=True)
WRITE = BlobSasPermissions(add=True, create=True, write=True)
CREATE = BlobSasPermissions(create=True)


@dataclass
class Input:
    """What the service says of an input: files with ``path`` and ``url``; a later listing may have other URLs."""

    files: list[dict[str, object]]
    is_file: bool = False
    renewed: dict[str, str] = field(default_factory=dict)
    asked: int = 0

    def listed(self) -> list[dict[str, object]]:
        self.asked += 1
        if self.asked == 1:
            return self.files
        return [{**file, "url": self.renewed.get(str(file["path"]), file["url"])} for file in self.files]


class Service:
    """Signs grants. ``down_until`` (monotonic time): until then every call gets 503. ``fenced``: runs that get 403.

    ``tokens`` by run: one for each of its nodes.
    """

    def __init__(self, blobs: BlobServiceClient) -> None:
        self.blobs = blobs
        self.url = ""
        self.down_until = 0.0
        self.lifetime_seconds = 600.0
        self.refused_while_down = 0
        self.storage_host = ("", "")  # (real, what the node is told instead)
        self.fenced: set[str] = set()
        self.tokens: dict[str, list[str]] = {}
        self.snapshots: dict[str, str] = {}
        self.digests: dict[str, str] = {}
        self.inputs: dict[str, Input] = {}
        self.outputs_asked: list[str] = []
        self.data_is_gone = False

    def app(self) -> Starlette:
        path = "/api/runs/{run}/attempts/{attempt:int}"
        return Starlette(routes=[Route(f"{path}/grants", self.grants, methods=["POST"]),
                                 Route(f"{path}/inputs/{{name}}", self.input_files),
                                 Route(f"{path}/outputs/{{name}}", self.output_uploads, methods=["POST"])])

    def _refusal(self, request: Request) -> Response | None:
        run = request.path_params["run"]
        if time.monotonic() < self.down_until:
            self.refused_while_down += 1
            return Response(status_code=503, headers={"Retry-After": "0"})
        if run in self.fenced:
            return JSONResponse({"error": {"code": "Fenced", "message": "another attempt is current"}}, 403)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens[run]:
            return JSONResponse({"error": {"code": "Unauthorized", "message": "not this run's token"}}, 401)
        return None

    async def input_files(self, request: Request) -> Response:
        """A page of an input's files, ``FILES_PER_PAGE`` on each."""
        if refusal := self._refusal(request):
            return refusal
        known = self.inputs.get(request.path_params["name"])
        if known is None:
            return JSONResponse({"detail": "Datastore 'workspaceblobstore' has nothing at 'digits'."}, 404)
        first = int(request.query_params.get("cursor", "0"))
        following = first + FILES_PER_PAGE
        return JSONResponse({"value": known.listed()[first:following], "is_file": known.is_file,
                             "next": str(following) if following < len(known.files) else None})

    async def output_uploads(self, request: Request) -> Response:
        """URLs below ``<run>/<output>`` of the container ``data``; one that leads elsewhere refuses all of them."""
        if refusal := self._refusal(request):
            return refusal
        paths = (await request.json())["paths"]
        if any(".." in path for path in paths):
            return JSONResponse({"detail": "not a usable path"}, 400)
        self.outputs_asked += paths
        folder = f"{request.path_params['run']}/{request.path_params['name']}"
        expires = datetime.now(UTC) + timedelta(seconds=self.lifetime_seconds)
        urls = {path: self._sign("data", f"{folder}/{path}", READ_AND_WRITE, expires) for path in paths}
        if self.data_is_gone:
            urls = {path: f"http://127.0.0.1:1/{path}" for path in paths}
        return JSONResponse({"kind": "blob", "urls": urls, "expires_at": expires.isoformat().replace("+00:00", "Z")})

    async def grants(self, request: Request) -> Response:
        run, attempt = request.path_params["run"], request.path_params["attempt"]
        if refusal := self._refusal(request):
            return refusal
        wanted = await request.json()
        if sum(map(len, wanted.values())) > 1000:
            return JSONResponse({"error": {"code": "TooMany", "message": "at most 1000 names"}}, 400)
        token = self._renewed(run, request.headers["authorization"].removeprefix("Bearer "))
        expires = datetime.now(UTC) + timedelta(seconds=self.lifetime_seconds)
        return JSONResponse({
            "expires_at": expires.isoformat().replace("+00:00", "Z"),
            "token": token,
            "snapshot": self._sign("snapshots", f"manifests/{self.snapshots[run]}.json", READ, expires),
            "write": {name: self._of_run(run, attempt, name, WRITE, expires) for name in wanted.get("write", ())},
            "create": {name: self._of_run(run, attempt, name, CREATE, expires) for name in wanted.get("create", ())},
            "read": {name: self._of_run(run, attempt, name, READ, expires) for name in wanted.get("read", ())},
            "files": {sha: self._sign("snapshots", f"files/{sha}", READ, expires) for sha in wanted.get("files", ())},
        })

    def _renewed(self, run: str, token: str) -> str:
        """The old one is refused from now on, unless another node has the same."""
        self.tokens[run].remove(token)
        self.tokens[run].append(f"{token}+")
        return f"{token}+"

    def _of_run(self, run: str, attempt: int, name: str, right: BlobSasPermissions, expires: datetime) -> str:
        container, inner = place(name)
        if container == "environments":
            return self._sign(container, f"{self.digests[run]}/{inner}", right, expires)
        return self._sign(container, f"{run}/{attempt}/{inner}", right, expires)

    def _sign(self, container: str, name: str, right: BlobSasPermissions, expires: datetime) -> str:
        blob = self.blobs.get_blob_client(container, name)
        signature = generate_blob_sas(str(blob.account_name), container, name, permission=right, expiry=expires,
                                      account_key=self.blobs.credential.account_key)
        return f"{blob.url}?{signature}".replace(*self.storage_host, 1)


def place(name: str) -> tuple[str, str]:
    """(container, name below the attempt) of a name of the contract."""
    top, _, rest = name.partition("/")
    return (top, rest) if top in ("metrics", "signals", "environments") else ("runs", name)


@contextmanager
def serving(service: Service) -> Iterator[None]:
    """Serve it on a free port of loopback, in a thread."""
    ports: Queue[int] = Queue()
    server = _Server(uvicorn.Config(service.app(), port=0, log_level="error", access_log=False, lifespan="off"), ports)
    thread = threading.Thread(target=server.run)
    thread.start()
    service.url = f"http://127.0.0.1:{ports.get(timeout=10)}/api"
    yield
    server.should_exit = server.force_exit = True
    thread.join()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ports: Queue[int]) -> None:
        super().__init__(config)
        self._ports = ports

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup()
        self._ports.put(self.servers[0].sockets[0].getsockname()[1])
