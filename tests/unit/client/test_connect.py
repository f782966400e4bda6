"""Which backend a client talks to, and how."""

import os
import subprocess
import sys

import pytest
from runspoor import errors
from runspoor.client import Client
from runspoor.transport import connect

from tests.scripted_server import ScriptedServer


def test_the_key_is_shown_to_the_backend_and_not_in_the_representation(backend: ScriptedServer, client: Client) -> None:
    assert "the-key" not in repr(client)
    client.run("a")
    assert backend.asked[0].headers["x-functions-key"] == "the-key"


def test_from_environment(monkeypatch: pytest.MonkeyPatch, backend: ScriptedServer) -> None:
    monkeypatch.delenv("RUNSPOOR_URL", raising=False)
    with pytest.raises(errors.NotConfigured, match="RUNSPOOR_URL is not set"):
        Client.from_environment()
    monkeypatch.setenv("RUNSPOOR_URL", f"{backend.url}/api/")
    monkeypatch.setenv("RUNSPOOR_KEY", "from-outside")
    with Client.from_environment() as client:
        client.run("a b/c")
    assert backend.asked[0].path == "/api/runs/a%20b%2Fc"
    assert backend.asked[0].headers["x-functions-key"] == "from-outside"


@pytest.mark.parametrize("url", ["", "localhost:7071/api", "ftp://x/api"])
def test_what_is_no_address_is_said_at_once(url: str) -> None:
    with pytest.raises(errors.NotConfigured, match="is not the address of a backend"):
        connect(url)


def test_without_httpx_the_standard_library_does(backend: ScriptedServer) -> None:
    code = ("import sys; sys.modules['httpx'] = None; from runspoor.transport import connect; "
            f"print(connect('{backend.url}').get('x').json())")
    done = subprocess.run([sys.executable, "-X", "dev", "-c", code], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONWARNINGS": "error"})
    assert (done.stdout, done.stderr) == ("{}\n", "")
