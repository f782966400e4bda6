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
from azure.storage.blob import BlobProperties, ContainerClient
from azure.storage.queue import QueueClient

from local.host.app import Function
from local.host.blob_pattern import BlobPattern
from local.host.blob_stream import BlobStream
from local.host.invocation import FunctionFailedError, Invoker
from local.host.listening import Backoff, finish, pause, poll, summary
from local.host.outputs import create_queue, encode
from local.host.receipts import Receipts

log = logging.getLogger("runspoor.host")
POISON_QUEUE = "webjobs-blobtrigger-poison"
# The pause after a listing, in times of what it took: new blobs are looked for often, new versions of old ones less.
_NAMES_SHARE, _FULL_SHARE = 10, 40
_MANY = 100  # new names above which one listing is cheaper than asking for each


@dataclass(frozen=True)
class BlobTrigger:
    """A function and the blobs it wants."""

    function: Function
    pattern: BlobPattern


def version(blob: BlobProperties) -> str:
    """The etag, without the quotes that some answers put around it and others do not."""
    return str(blob.etag).strip('"')


class BlobListener:
    """Scans one container for all functions that listen to it, with one listing for all.

    ``attempts`` is how often a version of a blob is tried, ``interval`` the seconds between scans.
    """

    def __init__(self, container: ContainerClient, triggers: list[BlobTrigger], receipts: Receipts, poison: QueueClient,
                 invoker: Invoker, *, attempts: int, interval: float, slots: asyncio.Semaphore) -> None:
        self.functions = tuple(each.function for each in triggers)
        self._container, self._triggers, self._receipts, self._poison = container, triggers, receipts, poison
        self._invoker, self._attempts, self._interval, self._slots = invoker, attempts, interval, slots
        self._name = container.container_name
        self._stop = asyncio.Event()
        prefix = min((each.pattern.prefix for each in triggers), key=len)
        self._prefix = prefix if all(each.pattern.prefix.startswith(prefix) for each in triggers) else None
        self._pause, self._full_due = interval, 0.0
        self._done: dict[str, str] = {}
        self._begun: set[tuple[str, str, str]] = set()
        self._running: set[asyncio.Task[None]] = set()

    async def listen(self, stop: asyncio.Event) -> None:
        self._stop = stop
        await poll(f"container {self._name}", self._scan, lambda _: self._pause, stop)
        await finish(self._running)

    async def start(self, function: Function, given: str) -> None:
        name = given.removeprefix(f"{self._name}/")
        blob = await asyncio.to_thread(self._container.get_blob_client(name).get_blob_properties)
        await self._invoker.run(function, self._stream(blob))

    async def _scan(self) -> bool:
        """Begin what is new; whether there was anything."""
        full = time.perf_counter() >= self._full_due
        fresh = await asyncio.to_thread(self._changed if full else self._added)
        for blob in sorted(fresh, key=lambda each: each.last_modified):
            for function in self._wanting(blob):
                self._begin(function, blob)
            self._settle(blob)
        return bool(fresh)

    def _changed(self) -> list[BlobProperties]:
        """The blobs that are new or have a new version."""
        self._receipts.load()
        started = time.perf_counter()
        try:
            listing = self._container.list_blobs(name_starts_with=self._prefix, include=["metadata"])
            return [each for each in listing if self._done.get(each.name) != version(each)]
        except ResourceNotFoundError:
            return []
        finally:
            ended = time.perf_counter()
            self._full_due = ended + max(self._interval, _FULL_SHARE * (ended - started))

    def _added(self) -> list[BlobProperties]:
        """The blobs that are new. Names alone are listed at a quarter of the price of properties."""
        started = time.perf_counter()
        try:
            begun = {name for _, name, _ in list(self._begun)}
            names = self._container.list_blob_names(name_starts_with=self._prefix)
            added = [name for name in names if name not in self._done and name not in begun]
        except ResourceNotFoundError:
            return []
        finally:
            self._pause = max(self._interval, _NAMES_SHARE * (time.perf_counter() - started))
        if len(added) > _MANY:
            return self._changed()
        return [blob for name in added if (blob := self._properties(name))]

    def _properties(self, name: str) -> BlobProperties | None:
        try:
            return self._container.get_blob_client(name).get_blob_properties()
        except ResourceNotFoundError:
            return None

    def _wanting(self, blob: BlobProperties) -> list[Function]:
        """The functions that want this blob and have no receipt for this version."""
        return [each.function for each in self._triggers if each.pattern.name.fullmatch(blob.name)
                and not self._receipts.has(each.function.name, version(blob), self._name, blob.name)]

    def _settle(self, blob: BlobProperties) -> None:
        """Look at this version no more, if nobody wants it any more."""
        if not self._wanting(blob):
            self._done[blob.name] = version(blob)

    def _begin(self, function: Function, blob: BlobProperties) -> None:
        key = (function.name, blob.name, version(blob))
        if key in self._begun:
            return
        self._begun.add(key)
        task = asyncio.create_task(self._take(function, blob))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        task.add_done_callback(lambda _: self._begun.discard(key))

    async def _take(self, function: Function, blob: BlobProperties) -> None:
        """Give one version of a blob to one function, until it succeeds or has failed too often."""
        try:
            async with self._slots:
                if not await self._run(function, blob):
                    await self._give_up(function, blob)
                await asyncio.to_thread(self._receipts.write, function.name, version(blob), self._name, blob.name)
            self._settle(blob)
        except AzureError as error:
            log.warning("blob %s/%s comes again: %s", self._name, blob.name, summary(error))

    async def _run(self, function: Function, blob: BlobProperties) -> bool:
        between = Backoff(5.0)
        for attempt in range(self._attempts):
            if attempt:
                await pause(self._stop, between(False))
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
                   "ContainerName": self._name, "BlobName": blob.name, "ETag": version(blob)}
        await asyncio.to_thread(create_queue, self._poison)
        content = encode(json.dumps(message).encode(), "base64")
        await asyncio.to_thread(self._poison.send_message, content, time_to_live=-1)

    def _stream(self, blob: BlobProperties) -> BlobStream:
        return BlobStream(self._container.get_blob_client(blob.name), blob)
