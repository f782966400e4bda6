"""The transport over httpx keeps the contract of ``Transport``."""

from runspoor.transport_httpx import HttpxExchange

from tests.contract.transport import TransportContract


class TestHttpxTransport(TransportContract):
    def exchange(self) -> HttpxExchange:
        return HttpxExchange()
