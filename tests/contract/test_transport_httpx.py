"""The transport over httpx keeps the contract of ``Transport``."""

from runspoor.transport.over_httpx import HttpxExchange

from tests.contract.transport import TransportContract
from tests.contract.transport_transfers import TransfersContract


class TestHttpxTransport(TransportContract, TransfersContract):
    def exchange(self) -> HttpxExchange:
        return HttpxExchange()
