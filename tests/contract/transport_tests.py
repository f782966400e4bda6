"""What tests of a ``Transport`` need. A test class says how to make one."""

from collections.abc import Iterator

import pytest
from runspoor.transport import Credential, Transport
from runspoor.transport.api import ApiTransport
from runspoor.transport.exchange import Exchange

from tests.scripted_server import ScriptedServer, scripted_server


class TransportTests:
    """``exchange`` gives a new one."""

    def exchange(self) -> Exchange:
        raise NotImplementedError

    def make(self, url: str, credential: Credential = "the-key", patience: float = 5) -> ApiTransport:
        return ApiTransport(url, credential, self.exchange(), patience)

    @pytest.fixture
    def backend(self) -> Iterator[ScriptedServer]:
        with scripted_server() as scripted:
            yield scripted

    @pytest.fixture
    def api(self, backend: ScriptedServer) -> Iterator[Transport]:
        made = self.make(f"{backend.url}/api/")
        yield made
        made.close()
