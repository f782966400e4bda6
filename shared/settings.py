"""Every setting of the app, once: its name, its meaning, its default. See ``local.settings.sample.json``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

STORAGE = "RunspoorStorage"
"""Connection of blobs and queues: a connection string, or ``…__blobServiceUri`` and ``…__queueServiceUri``."""
COSMOS = "RunspoorCosmos"
"""Connection of Cosmos DB: a connection string, or ``RunspoorCosmos__accountEndpoint`` with a managed identity."""
BLOB_SOURCE = "RUNSPOOR_BLOB_SOURCE"
"""``EventGrid`` in Azure (pushed, in seconds); ``LogsAndContainerScan`` where no Event Grid is, as on one machine."""
DATABASE = "runspoor"
REACTIONS_QUEUE = "reactions"


class MissingSetting(Exception):
    """A setting the app cannot work without has no value."""


@dataclass(frozen=True)
class Settings:
    """The settings of one deployment."""

    cosmos: str
    cosmos_is_endpoint: bool
    blobs: str
    queues: str
    storage_is_endpoint: bool
    batch_endpoint: str
    batch_account: str
    batch_key: str | None
    batch_identity: str
    public_url: str
    token_key: str
    marker_patience: timedelta
    image: tuple[str, str, str]
    node_agent: str


def from_environment(env: Mapping[str, str]) -> Settings:
    """Read all settings; ``MissingSetting`` names the first one without a value."""
    cosmos, cosmos_is_endpoint = _connection(env, COSMOS, "accountEndpoint")
    blobs, is_endpoint = _connection(env, STORAGE, "blobServiceUri")
    queues, _ = _connection(env, STORAGE, "queueServiceUri")
    publisher, offer, sku = env.get("RUNSPOOR_IMAGE", "microsoft-dsvm:ubuntu-hpc:2404").split(":")
    return Settings(
        cosmos=cosmos,
        cosmos_is_endpoint=cosmos_is_endpoint,
        blobs=blobs,
        queues=queues,
        storage_is_endpoint=is_endpoint,
        batch_endpoint=_required(env, "RUNSPOOR_BATCH_ENDPOINT"),
        batch_account=env.get("RUNSPOOR_BATCH_ACCOUNT", ""),
        batch_key=env.get("RUNSPOOR_BATCH_KEY"),
        batch_identity=_required(env, "RUNSPOOR_BATCH_IDENTITY"),
        public_url=_required(env, "RUNSPOOR_PUBLIC_URL").rstrip("/"),
        token_key=_required(env, "RUNSPOOR_TOKEN_KEY"),
        marker_patience=timedelta(seconds=float(env.get("RUNSPOOR_MARKER_PATIENCE_SECONDS", "120"))),
        image=(publisher, offer, sku),
        node_agent=env.get("RUNSPOOR_NODE_AGENT", "batch.node.ubuntu 24.04"),
    )


def blob_source(env: Mapping[str, str]) -> str:
    """How the app learns of new blobs. Read when the app is imported, so it must not fail."""
    return env.get(BLOB_SOURCE) or "LogsAndContainerScan"


def _connection(env: Mapping[str, str], name: str, endpoint: str) -> tuple[str, bool]:
    """A connection string, or an endpoint to reach with a managed identity; and which of the two it is."""
    if value := env.get(name):
        return value, False
    return _required(env, f"{name}__{endpoint}"), True


def _required(env: Mapping[str, str], name: str) -> str:
    value = env.get(name)
    if not value:
        raise MissingSetting(f"The setting {name} has no value: see local.settings.sample.json.")
    return value
