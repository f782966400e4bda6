"""What a model is said to need when it is used."""

from __future__ import annotations

from collections.abc import Mapping

from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.surface import Surface


class ResourceConfiguration(Surface, v1="azureml.core.resource_configuration.ResourceConfiguration"):
    """CPU cores, memory in GB and GPUs; what is none is not said."""

    def __init__(self, cpu: float | None = None, memory_in_gb: float | None = None, gpu: int | None = None) -> None:
        for name, value in (("cpu", cpu), ("memory_in_gb", memory_in_gb), ("gpu", gpu)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0):
                raise UserErrorException(f"{name} is a number that is not negative, not {value!r}.")
        self.cpu, self.memory_in_gb, self.gpu = cpu, memory_in_gb, gpu

    def serialize(self) -> dict[str, object]:
        """As v1 writes it."""
        return {"cpu": self.cpu, "memoryInGB": self.memory_in_gb, "gpu": self.gpu}

    @staticmethod
    def deserialize(payload_obj: Mapping[str, float] | None) -> ResourceConfiguration | None:
        """The configuration of what ``serialize`` gave."""
        if payload_obj is None:
            return None
        gpu = payload_obj.get("gpu")
        return ResourceConfiguration(payload_obj.get("cpu"), payload_obj.get("memoryInGB"),
                                     None if gpu is None else int(gpu))
