"""The transport over stdlib keeps the contract of ``Transport``."""

from runspoor.transport_stdlib import StandardExchange

from tests.contract.transport import TransportContract


class TestStandardTransport(TransportContract):
    def exchange(self) -> StandardExchange:
        return StandardExchange()
