"""Cosmos triggers. https://learn.microsoft.com/azure/azure-functions/functions-bindings-cosmosdb-v2-trigger

At least once, in the order of each partition key: how far the feed has been read is written to the lease container
after each batch. A failed batch is tried again under the function's retry policy; without one it is skipped, as in
Azure.
"""

import asyncio
import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import azure.functions as func
from azure.cosmos import ContainerProxy, DatabaseProxy, PartitionKey
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from local.host.app import Function
from local.host.invocation import FunctionFailedError, Invoker
from local.host.listening import Backoff, poll
from local.host.retrying import run_with_retries

log = logging.getLogger("runspoor.host")
Document = dict[str, object]
_BATCH = 100  # "maxItemsPerInvocation" when not set


@dataclass(frozen=True)
class Lease:
    """How far one function has read the feed: a document in the lease container (partition key ``/id``)."""

    database: DatabaseProxy
    container: str
    id: str
    may_create: bool

    def read(self) -> str | None:
        """The continuation token, or None when nothing has been read."""
        try:
            return str(self._container().read_item(self.id, self.id)["continuation"])
        except CosmosResourceNotFoundError:
            if self.may_create:
                self.database.create_container_if_not_exists(self.container, PartitionKey("/id"))
            return None

    def write(self, continuation: str) -> None:
        """Note durably that everything before ``continuation`` has been handled."""
        lease = {"id": self.id, "continuation": continuation, "at": datetime.now(UTC).isoformat()}
        self._container().upsert_item(lease)

    def _container(self) -> ContainerProxy:
        return self.database.get_container_client(self.container)


class FeedListener:
    """Reads the change feed of one container for one function, at least every ``interval`` seconds."""

    def __init__(self, function: Function, container: ContainerProxy, lease: Lease, invoker: Invoker,
                 interval: float) -> None:
        self.functions = (function,)
        self._function, self._container, self._lease, self._invoker = function, container, lease, invoker
        self._interval = interval
        self._size = int(function.trigger.text("maxItemsPerInvocation", str(_BATCH)))
        from_beginning = bool(function.trigger.fields.get("startFromBeginning"))
        self._from: Literal["Beginning", "Now"] = "Beginning" if from_beginning else "Now"
        self._continuation: str | None = None
        self._stop = asyncio.Event()

    async def listen(self, stop: asyncio.Event) -> None:
        self._stop = stop
        what = f"change feed of {self._container.id}"
        await poll(what, self._step, Backoff(self._interval), stop, self._invoker.wrote)

    async def start(self, function: Function, given: str) -> None:
        documents = json.loads(given)
        if not isinstance(documents, list):
            raise ValueError("give a list of documents")
        await self._invoker.run(function, _argument(documents))

    async def _step(self) -> bool:
        """Read the next documents and give them to the function; whether there were any."""
        if self._continuation is None:
            self._continuation = await asyncio.to_thread(self._begin)
        documents, following = await asyncio.to_thread(self._read, self._continuation)
        if documents:
            if not await self._give(documents):
                return False
            await asyncio.to_thread(self._lease.write, following)
        self._continuation = following
        return bool(documents)

    async def _give(self, documents: list[Document]) -> bool:
        """Run the function; whether the feed moves on. It does not when the host stopped between two tries."""
        try:
            await run_with_retries(self._invoker, self._function, _argument(documents), self._stop)
        except FunctionFailedError:
            if self._stop.is_set() and self._function.retry:
                return False
            log.error("%s skips %d documents that it failed on", self._function.name, len(documents))
        return True

    def _begin(self) -> str:
        """Where to read on. A new reader that starts now notes durably when that was."""
        if token := self._lease.read():
            return token
        if self._from == "Beginning":
            return ""
        _, token = self._read("")
        self._lease.write(token)
        return token

    def _read(self, continuation: str) -> tuple[list[Document], str]:
        """One page after ``continuation`` ("" for the start), and the token of what follows it."""
        query = self._container.query_items_change_feed
        items = (query(max_item_count=self._size, continuation=continuation) if continuation
                 else query(max_item_count=self._size, start_time=self._from))
        documents = list(next(items.by_page(), ()))
        # The SDK gives the token of an empty page nowhere else; hence a client of its own for every listener.
        headers = self._container.client_connection.last_response_headers
        return documents, str(headers["etag"])


def _argument(documents: list[Document]) -> func.DocumentList:
    return func.DocumentList(func.Document.from_dict(each) for each in documents)
