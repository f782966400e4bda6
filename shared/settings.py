"""Every setting of the app, once: its name, its meaning, its default. See ``local.settings.sample.json``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

STORAGE = "RunspoorStorage"
"""Connection of blobs and queues: a connection string, or ``…__blobServiceUri`` and ``…__queueServiceUri``."""
COSMOS = "RunspoorCosmos"
"""Connection of Cosmos DB: a connection string, or ``RunspoorCosmos__accountEndpoint`` with a managed identity."""
BLOB_SOURCE = "RUNSPOOR_BLOB_SOURCE"
"""``EventGrid`` in Azure (pushed, in seconds); ``LogsAndContainerScan`` where no Event Grid is, as on one machine."""
DATABASE = "runspoor"
REACTIONS_QUEUE = "reactions"
TOKEN_KEY_CHARACTERS = 32
"""A key shorter than its hash can be guessed more easily than the signature (RFC 7518, section 3.2)."""


class BadSetting(Exception):
    """A setting has no value, or one that cannot be used; the text says which and where to look."""


@dataclass(frozen=True)
class Settings:
    """The settings of one deployment. ``image``: publisher, offer and sku of what nodes run.

    Credentials of datastores are in the vault ``key_vault`` (its URL), or, on one machine, in ``secrets_file``.
    """

    cosmos: str = field(repr=False)
    blobs: str = field(repr=False)
    queues: str = field(repr=False)
    storage_is_endpoint: bool
    batch_endpoint: str
    batch_account: str
    batch_key: str | None = field(repr=False)
    batch_identity: str
    public_url: str
    token_key: str = field(repr=False)
    report_patience: timedelta
    image: tuple[str, str, str]
    node_agent: str
    key_vault: str | None = None
    secrets_file: str | None = None


def from_environment(env: Mapping[str, str]) -> Settings:
    """Read all settings; ``BadSetting`` names the first one that is missing or wrong."""
    cosmos, _ = _connection(env, COSMOS, "accountEndpoint")
    blobs, is_endpoint = _connection(env, STORAGE, "blobServiceUri")
    queues, _ = _connection(env, STORAGE, "queueServiceUri")
    secrets_file = env.get("RUNSPOOR_SECRETS_FILE") or None
    return Settings(
        cosmos=cosmos,
        blobs=blobs,
        queues=queues,
        storage_is_endpoint=is_endpoint,
        batch_endpoint=_required(env, "RUNSPOOR_BATCH_ENDPOINT"),
        batch_account=env.get("RUNSPOOR_BATCH_ACCOUNT", ""),
        batch_key=env.get("RUNSPOOR_BATCH_KEY"),
        batch_identity=_required(env, "RUNSPOOR_BATCH_IDENTITY"),
        public_url=_required(env, "RUNSPOOR_PUBLIC_URL").rstrip("/"),
        token_key=_long_enough(env, "RUNSPOOR_TOKEN_KEY"),
        report_patience=_seconds(env, "RUNSPOOR_REPORT_PATIENCE_SECONDS", "120"),
        image=_image(env, "RUNSPOOR_IMAGE", "microsoft-dsvm:ubuntu-hpc:2404"),
        node_agent=env.get("RUNSPOOR_NODE_AGENT") or "batch.node.ubuntu 24.04",
        key_vault=None if secrets_file else _required(env, "RUNSPOOR_KEY_VAULT"),
        secrets_file=secrets_file,
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
        raise BadSetting(f"The setting {name} has no value: see local.settings.sample.json.")
    return value


def _long_enough(env: Mapping[str, str], name: str) -> str:
    value = _required(env, name)
    if len(value) < TOKEN_KEY_CHARACTERS:
        raise BadSetting(f"The setting {name} needs at least {TOKEN_KEY_CHARACTERS} random characters.")
    return value


def _seconds(env: Mapping[str, str], name: str, default: str) -> timedelta:
    value = env.get(name) or default
    if not value.isdecimal():
        raise BadSetting(f"The setting {name} is a number of seconds, such as {default}, not {value!r}.")
    return timedelta(seconds=int(value))


def _image(env: Mapping[str, str], name: str, default: str) -> tuple[str, str, str]:
    match (env.get(name) or default).split(":"):
        case [publisher, offer, sku]:
            return publisher, offer, sku
        case _:
            raise BadSetting(f"The setting {name} has the form publisher:offer:sku, such as {default}.")
