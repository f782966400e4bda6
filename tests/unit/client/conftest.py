"""A client of a scripted server."""

from collections.abc import Iterator

import pytest
from runspoor.client import Client

from tests.scripted_server import ScriptedServer, scripted_server


@pytest.fixture
def backend() -> Iterator[ScriptedServer]:
    with scripted_server() as scripted:
        yield scripted


@pytest.fixture
def client(backend: ScriptedServer) -> Iterator[Client]:
    with Client(f"{backend.url}/api", "the-key", patience=5) as made:
        yield made
