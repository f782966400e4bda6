"""How one emulator was started."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """``state`` holds everything durable. Times are seconds; ``identities`` maps resource id to connection string."""

    state: Path
    account: str = "local"
    key: str | None = None
    allocation_seconds: float = 1.0
    evaluation_seconds: float | None = 2.0
    enable_autoscale_gap_seconds: float = 30.0
    core_quota: int | None = None
    stop_seconds: float = 5.0
    identities: Mapping[str, str] = field(default_factory=dict)

    def connection_string(self, resource_id: str) -> str | None:
        """The storage account that stands in for a managed identity; resource ids compare without case."""
        return {known.lower(): value for known, value in self.identities.items()}.get(resource_id.lower())
