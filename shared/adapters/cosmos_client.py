"""The connection to Cosmos DB: one client per process and account, because a client holds the connections."""

from functools import cache

from azure.cosmos import CosmosClient
from azure.identity import DefaultAzureCredential

THROTTLED_TRIES = 9
THROTTLED_SECONDS = 30
"""How often, and how long together, a request answered with 429 is sent again, when the service says."""
CONNECTION_TRIES = 3
CONNECTION_SECONDS = 5


@cache
def client(connection: str) -> CosmosClient:
    """The client of a connection string, or of an account endpoint (``https://…``) with the app's managed identity.

    A write is not repeated by the SDK: an append whose answer was lost meets its own conflict in ``transact``.
    """
    is_endpoint = connection.startswith(("https://", "http://"))
    endpoint, key = (connection, None) if is_endpoint else _parts(connection)
    return CosmosClient(
        endpoint,
        key or DefaultAzureCredential(),
        retry_throttle_total=THROTTLED_TRIES,
        retry_throttle_backoff_max=THROTTLED_SECONDS,
        retry_total=CONNECTION_TRIES,
        connection_timeout=CONNECTION_SECONDS,
        user_agent_suffix="runspoor",
    )


def _parts(connection: str) -> tuple[str, str]:
    pairs = dict(part.split("=", 1) for part in connection.split(";") if "=" in part)
    try:
        return pairs["AccountEndpoint"], pairs["AccountKey"]
    except KeyError as missing:
        raise ValueError(f"The Cosmos connection string has no {missing.args[0]}: copy it again.") from None
