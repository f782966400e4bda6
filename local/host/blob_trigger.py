"""Blob triggers, by scanning containers.
https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-blob-trigger

At least once for every version (etag) of a blob: a receipt is written after success. A version that keeps failing
becomes a message on the queue ``webjobs-blobtrigger-poison``.
"""

import asyncio
import json
import logging
import time
from dataclasses import dataclass

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.functions.blob import InputStream
from azure.storage.blob import BlobClient, BlobProperties, ContainerClient, StorageStreamDownloader
from azure.storage.queue import QueueClient

from local.host.app import Function
from local.host.blob_pattern import BlobPattern
from local.host.invocation import FunctionFailedError, Invoker
from local.host.listening import Backoff, finish, pause, poll, summary
from local.host.outputs import create_queue, encode
from local.host.receipts import Receipts

log = logging.getLogger("runspoor.host")
POISON_QUEUE = "webjobs-blobtrigger-poison"
_COST_SHARE = 10  # a scan pauses at least this many times as long as the listing took


@dataclass(frozen=True)
class BlobTrigger:
    """A function and the blobs it wants."""

    function: Function
    pattern: BlobPattern


class BlobListener:
    """Scans one container for all functions that listen to it, with one listing per scan.

    ``attempts`` is how often a version of a blob is tried, ``interval`` the seconds between scans.
    """

    def __init__(self, container: ContainerClient, triggers: list[BlobTrigger], receipts: Receipts, poison: QueueClient,
                 invoker: Invoker, *, attempts: int, interval: float, slots: asyncio.Semaphore) -> None:
        self.functions = tuple(each.function for each in triggers)
        self._container, self._triggers, self._receipts, self._poison = container, triggers, receipts, poison
        self._invoker, self._attempts, self._interval, self._slots = invoker, attempts, interval, slots
        self._name = container.container_name
        self._stop = asyncio.Event()
        self._cost = 0.0
        self._done: dict[str, str] = {}
        self._begun: set[tuple[str, str, str]] = set()
        self._running: set[asyncio.Task[None]] = set()

    async def listen(self, stop: asyncio.Event) -> None:
        self._stop = stop
        await poll(f"container {self._name}", self._scan, self._delay, stop)
        await finish(self._running)

    async def start(self, function: Function, given: str) -> None:
        name = given.removeprefix(f"{self._name}/")
        blob = await asyncio.to_thread(self._container.get_blob_client(name).get_blob_properties)
        await self._invoker.run(function, self._stream(blob))

    def _delay(self, worked: bool) -> float:
        return max(self._interval, _COST_SHARE * self._cost)

    async def _scan(self) -> bool:
        started = time.perf_counter()
        fresh = await asyncio.to_thread(self._fresh)
        self._cost = time.perf_counter() - started
        for blob in fresh:
            wanted = [each for each in self._triggers if each.pattern.name.fullmatch(blob.name)]
            for trigger in wanted:
                self._begin(trigger.function, blob)
            if not any((each.function.name, blob.name, blob.etag) in self._begun for each in wanted):
                self._done[blob.name] = blob.etag
        return bool(fresh)

    def _fresh(self) -> list[BlobProperties]:
        """The blobs that some function may not have seen, the oldest first."""
        self._receipts.load()
        prefix = min((each.pattern.prefix for each in self._triggers), key=len)
        if not all(each.pattern.prefix.startswith(prefix) for each in self._triggers):
            prefix = ""
        try:
            listing = self._container.list_blobs(name_starts_with=prefix or None, include=["metadata"])
            blobs = [each for each in listing if self._done.get(each.name) != each.etag]
        except ResourceNotFoundError:
            return []
        return sorted(blobs, key=lambda each: each.last_modified)

    def _begin(self, function: Function, blob: BlobProperties) -> None:
        key = (function.name, blob.name, blob.etag)
        if key in self._begun or self._receipts.has(function.name, blob.etag, self._name, blob.name):
            return
        self._begun.add(key)
        task = asyncio.create_task(self._take(function, blob))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        task.add_done_callback(lambda _: self._begun.discard(key))

    async def _take(self, function: Function, blob: BlobProperties) -> None:
        """Give one version of a blob to one function, until it succeeds or has failed too often."""
        try:
            if not await self._run(function, blob):
                await self._give_up(function, blob)
            await asyncio.to_thread(self._receipts.write, function.name, blob.etag, self._name, blob.name)
        except AzureError as error:
            log.warning("blob %s/%s comes again: %s", self._name, blob.name, summary(error))

    async def _run(self, function: Function, blob: BlobProperties) -> bool:
        between = Backoff(5.0)
        for attempt in range(self._attempts):
            if attempt:
                await pause(self._stop, between(False))
            async with self._slots:
                try:
                    await self._invoker.run(function, self._stream(blob))
                    return True
                except FunctionFailedError:
                    if not await asyncio.to_thread(self._container.get_blob_client(blob.name).exists):
                        log.warning("blob %s/%s is gone", self._name, blob.name)
                        return True
        return False

    async def _give_up(self, function: Function, blob: BlobProperties) -> None:
        log.error("blob %s/%s failed %s times in %s and goes to %s", self._name, blob.name, self._attempts,
                  function.name, POISON_QUEUE)
        message = {"Type": "BlobTrigger", "FunctionId": f"Host.Functions.{function.name}", "BlobType": blob.blob_type,
                   "ContainerName": self._name, "BlobName": blob.name, "ETag": blob.etag}
        await asyncio.to_thread(create_queue, self._poison)
        content = encode(json.dumps(message).encode(), "base64")
        await asyncio.to_thread(self._poison.send_message, content, time_to_live=-1)

    def _stream(self, blob: BlobProperties) -> "BlobStream":
        return BlobStream(self._container.get_blob_client(blob.name), blob)


class BlobStream(InputStream):
    """The ``func.InputStream`` of a blob, downloaded while it is read: the blob as it is now."""

    def __init__(self, client: BlobClient, blob: BlobProperties) -> None:
        super().__init__(data=b"", name=f"{client.container_name}/{blob.name}", uri=client.url, length=blob.size,
                         blob_properties={"ContentLength": blob.size, "ETag": blob.etag},
                         metadata=dict(blob.metadata or {}))
        self._client = client
        self._download: StorageStreamDownloader[bytes] | None = None

    def read(self, size: int | None = -1) -> bytes:
        """At most ``size`` bytes, or all that are left."""
        if self._download is None:
            self._download = self._client.download_blob()
        return self._download.read(-1 if size is None else size)

    read1 = read
