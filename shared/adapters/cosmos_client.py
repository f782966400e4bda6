"""The connection to Cosmos DB: one client per process and account, because a client holds the connections."""

import threading
from functools import cache

from azure.core.utils import CaseInsensitiveDict
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
    made = CosmosClient(
        endpoint,
        key or DefaultAzureCredential(),
        retry_throttle_total=THROTTLED_TRIES,
        retry_throttle_backoff_max=THROTTLED_SECONDS,
        retry_total=CONNECTION_TRIES,
        connection_timeout=CONNECTION_SECONDS,
        user_agent_suffix="runspoor",
    )
    _separate_threads(made)
    return made


class _Answered(threading.local):
    """The headers of a thread's newest answer."""

    def __init__(self) -> None:
        self.headers: CaseInsensitiveDict = CaseInsensitiveDict()


def _separate_threads(client: CosmosClient) -> None:
    """Keep the SDK from mixing threads up.

    It writes how often a request was throttled into the newest answer's headers, which may be another thread's, who
    copies them at that moment: "OrderedDict mutated during iteration".
    """
    answered = _Answered()

    def get(_: object) -> CaseInsensitiveDict:
        return answered.headers

    def put(_: object, headers: CaseInsensitiveDict) -> None:
        answered.headers = headers

    connection = client.client_connection
    own = {"last_response_headers": property(get, put)}
    connection.__class__ = type("SeparateThreads", (type(connection),), own)


def _parts(connection: str) -> tuple[str, str]:
    pairs = dict(part.split("=", 1) for part in connection.split(";") if "=" in part)
    try:
        return pairs["AccountEndpoint"], pairs["AccountKey"]
    except KeyError as missing:
        raise ValueError(f"The Cosmos connection string has no {missing.args[0]}: copy it again.") from None
