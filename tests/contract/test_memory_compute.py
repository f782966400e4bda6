"""The memory adapter keeps the contract of ``Compute``."""

from shared.adapters.memory_services import MemoryCompute
from tests.contract.compute import ComputeContract


class TestMemoryCompute(ComputeContract):
    def make(self) -> MemoryCompute:
        return MemoryCompute()
