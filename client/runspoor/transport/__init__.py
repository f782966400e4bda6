"""HTTP to a backend, as the rest of the package sees it."""

from runspoor.transport.connecting import connect
from runspoor.transport.credential import ACCESS_FILE, AccessFile, Credential, shown
from runspoor.transport.exchange import Answer
from runspoor.transport.protocol import LARGEST_PAGE, Json, Query, Transport
from runspoor.transport.retries import PATIENCE_SECONDS
from runspoor.transport.storage import Storage

__all__ = [
    "ACCESS_FILE", "LARGEST_PAGE", "PATIENCE_SECONDS", "AccessFile", "Answer", "Credential", "Json", "Query",
    "Storage", "Transport", "connect", "shown",
]
