"""The transport over stdlib keeps the contract of ``Transport``."""

from runspoor.transport.over_stdlib import StandardExchange

from tests.contract.transport import TransportContract
from tests.contract.transport_transfers import TransfersContract


class TestStandardTransport(TransportContract, TransfersContract):
    def exchange(self) -> StandardExchange:
        return StandardExchange()
