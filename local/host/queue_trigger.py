"""Queue triggers. https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue-trigger

At least once: a message is hidden while its function runs, deleted after success, seen again after failure or death,
and moved to ``<queue>-poison`` when it has failed too often.
"""

import asyncio
import logging
from datetime import UTC, datetime
from functools import partial

from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.functions.meta import Datum
from azure.functions.queue import QueueMessageInConverter
from azure.storage.queue import QueueClient, QueueMessage

from local.host.app import Function
from local.host.host_json import QueueOptions
from local.host.invocation import FunctionFailedError, Invoker
from local.host.listening import Backoff, finish, poll, summary
from local.host.outputs import create_queue, decode

log = logging.getLogger("runspoor.host")
# Somebody else has the message by now, or it is gone. (Azurite answers 400 where Azure answers 404.)
_LOST = ("PopReceiptMismatch", "MessageNotFound")


class QueueListener:
    """Listens to the queue of one function. ``lease`` is how long a message is hidden at a time, in seconds."""

    def __init__(self, function: Function, queue: QueueClient, poison: QueueClient, options: QueueOptions,
                 invoker: Invoker, lease: float = 600) -> None:
        self.functions = (function,)
        self._function, self._queue, self._poison, self._options = function, queue, poison, options
        self._invoker = invoker
        self._lease = max(1, round(lease))
        self._running: set[asyncio.Task[None]] = set()

    async def listen(self, stop: asyncio.Event) -> None:
        pauses = Backoff(self._options.max_polling_interval)
        await poll(f"queue {self._queue.queue_name}", self._step, pauses, stop, self._invoker.sent)
        await finish(self._running)

    async def start(self, function: Function, given: str) -> None:
        message = QueueMessage(content=given)
        message.id, message.dequeue_count = "by-hand", 1
        await self._invoker.run(function, queue_argument(message, given.encode()))

    async def _step(self) -> bool:
        """Take as many messages as may run; whether there were any."""
        if len(self._running) > self._options.new_batch_threshold:
            await asyncio.wait(set(self._running), return_when=asyncio.FIRST_COMPLETED)
            return True
        try:
            messages = await asyncio.to_thread(self._receive)
        except ResourceNotFoundError:
            await asyncio.to_thread(create_queue, self._queue)
            return False
        for message in messages:
            task = asyncio.create_task(self._take(message))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return bool(messages)

    def _receive(self) -> list[QueueMessage]:
        size = self._options.batch_size
        return list(self._queue.receive_messages(messages_per_page=size, max_messages=size,
                                                 visibility_timeout=self._lease))

    async def _take(self, message: QueueMessage) -> None:
        """Everything that happens to one received message."""
        failures = message.dequeue_count or 0
        try:
            if failures > self._options.max_dequeue_count:
                await self._move_to_poison(message)
            elif await self._run(message):
                await asyncio.to_thread(self._queue.delete_message, message)
            elif failures >= self._options.max_dequeue_count:
                await self._move_to_poison(message)
            else:
                await self._hide(message, round(self._options.visibility_timeout))
        except AzureError as error:
            if isinstance(error, HttpResponseError) and getattr(error, "error_code", None) in _LOST:
                log.debug("message %s of queue %s is no longer ours", message.id, self._queue.queue_name)
            else:
                log.warning("message %s of queue %s comes again: %s", message.id, self._queue.queue_name,
                            summary(error))

    async def _run(self, message: QueueMessage) -> bool:
        """Run the function, keeping the message hidden; whether it succeeded."""
        ended = asyncio.Event()
        keeping = asyncio.create_task(self._keep_hidden(message, ended))
        try:
            body = decode(message.content, self._options.message_encoding)
            await self._invoker.run(self._function, queue_argument(message, body))
        except FunctionFailedError:
            return False
        except ValueError:
            log.error("message %s of queue %s is not %s", message.id, self._queue.queue_name,
                      self._options.message_encoding)
            return False
        finally:
            ended.set()
            # Awaited and not canceled: a renewal under way changes the pop receipt that the deletion needs.
            await keeping
        return True

    async def _keep_hidden(self, message: QueueMessage, ended: asyncio.Event) -> None:
        while True:
            try:
                await asyncio.wait_for(ended.wait(), self._lease / 2)
            except TimeoutError:
                try:
                    await self._hide(message, self._lease)
                except AzureError as error:
                    log.warning("message %s could not be kept hidden: %s", message.id, summary(error))
            else:
                return

    async def _hide(self, message: QueueMessage, seconds: int) -> None:
        update = partial(self._queue.update_message, message, visibility_timeout=seconds)
        message.pop_receipt = (await asyncio.to_thread(update)).pop_receipt

    async def _move_to_poison(self, message: QueueMessage) -> None:
        log.error("message %s of queue %s failed %s times and goes to %s", message.id, self._queue.queue_name,
                  message.dequeue_count, self._poison.queue_name)
        await asyncio.to_thread(create_queue, self._poison)
        await asyncio.to_thread(self._poison.send_message, message.content, time_to_live=-1)
        await asyncio.to_thread(self._queue.delete_message, message)


def queue_argument(message: QueueMessage, body: bytes) -> object:
    """The ``func.QueueMessage`` of a received message."""
    texts = {
        "Id": message.id, "PopReceipt": message.pop_receipt, "InsertionTime": _time(message.inserted_on),
        "ExpirationTime": _time(message.expires_on), "NextVisibleTime": _time(message.next_visible_on),
    }
    metadata = {name: Datum(value, "string") for name, value in texts.items() if value}
    metadata["DequeueCount"] = Datum(message.dequeue_count or 1, "int")
    return QueueMessageInConverter.decode(Datum(body, "bytes"), trigger_metadata=metadata)


def _time(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="microseconds") if at else None
