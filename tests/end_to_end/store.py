"""A datastore that tests register through the public surface."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict

import httpx
from azure.storage.blob import BlobServiceClient, ContainerSasPermissions, generate_container_sas

from local.azurite import ACCOUNT_KEY, ACCOUNT_NAME
from local.system import System
from tests.end_to_end.api import Api

DEFAULT = "workspaceblobstore"
Json = dict[str, Any]


class File(TypedDict):
    """A file of a datastore, as it is listed."""

    path: str
    size: int
    url: str


class Files(TypedDict):
    """A page of them."""

    value: list[File]
    next: str | None


class Store:
    """A datastore of a container that nobody has made, and what was answered about it."""

    def __init__(self, system: System, api: Api, kind: str) -> None:
        self.api, self.kind = api, kind
        self.name = f"Store_{uuid.uuid4().hex[:8]}"
        self.container = f"c-{uuid.uuid4().hex}"
        self.service = BlobServiceClient.from_connection_string(system.storage.connection_string)
        self.answers: list[str] = []

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = self.api.http.request(method, path, **options)
        self.answers.append(answer.text)
        return answer

    def register(self, **changes: object) -> httpx.Response:
        return self.ask("POST", "datastores", json={
            "name": self.name, "kind": self.kind, "account": ACCOUNT_NAME, "container": self.container, **changes})

    def registered(self, **changes: object) -> Json:
        answer = self.register(create_if_not_exists=True, **changes)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json())

    def sas(self, rights: str = "racwl") -> str:
        return str(generate_container_sas(
            ACCOUNT_NAME, self.container, account_key=ACCOUNT_KEY, expiry=datetime.now(UTC) + timedelta(hours=1),
            permission=ContainerSasPermissions.from_string(rights)))

    def upload(self, *paths: str) -> dict[str, str]:
        answer = self.ask("POST", f"datastores/{self.name}/uploads", json={"paths": paths})
        assert answer.status_code == 200, answer.text
        assert answer.json()["kind"] == self.kind
        return dict(answer.json()["urls"])

    def files(self, **query: object) -> Files:
        answer = self.ask("GET", f"datastores/{self.name}/files", params=query)
        assert answer.status_code == 200, answer.text
        page: Files = answer.json()
        return page

    def send(self, url: object, data: bytes) -> int:
        """Write to a URL in the way of the kind."""
        if self.kind != "share":
            return httpx.put(str(url), content=data, headers={"x-ms-blob-type": "BlockBlob"}).status_code
        made = httpx.put(str(url), headers={"x-ms-type": "file", "x-ms-content-length": str(len(data))})
        if made.status_code != 201:
            return made.status_code
        headers = {"x-ms-write": "update", "x-ms-range": f"bytes=0-{len(data) - 1}"}
        return httpx.put(f"{url}&comp=range", content=data, headers=headers).status_code
