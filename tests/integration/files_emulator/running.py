"""An emulator of Azure Files that tests start, kill and start again on the same state."""

from pathlib import Path

import httpx
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.fileshare import LinearRetry, ShareServiceClient

from local.azurite import ACCOUNT_KEY, ACCOUNT_NAME
from tests.integration.emulator_process import EmulatorProcess


def put(http: httpx.Client, url: str, data: bytes) -> httpx.Response:
    """Write a small file to its URL; the first answer that is a refusal, or the last one."""
    made = http.put(url, headers={"x-ms-type": "file", "x-ms-content-length": str(len(data))})
    if made.status_code != 201:
        return made
    headers = {"x-ms-write": "update", "x-ms-range": f"bytes=0-{len(data) - 1}"}
    return http.put(f"{url}&comp=range", content=data, headers=headers)


class Emulator(EmulatorProcess):
    """``python -m local.files``. With a ``certificate`` it speaks https."""

    module = "local.files"

    def __init__(self, state: Path, port: int = 0, certificate: Path | None = None) -> None:
        super().__init__(state, port, ("--certificate", str(certificate)) if certificate else ())

    @property
    def endpoint(self) -> str:
        """The address of the account."""
        return f"{self.url}/{ACCOUNT_NAME}"

    def client(self, key: str = ACCOUNT_KEY) -> ShareServiceClient:
        """One that tries once."""
        return ShareServiceClient(self.endpoint, credential=AzureNamedKeyCredential(ACCOUNT_NAME, key),
                                  retry_policy=LinearRetry(retry_total=0))
