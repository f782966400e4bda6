"""Output bindings: what a function returns or sets goes to a queue or to Cosmos."""

import asyncio
import base64
import json
from collections.abc import Iterable, Mapping

import azure.functions as func
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import QueueClient

from local.host.app import Binding, Function
from local.host.connections import Connections


class Outputs:
    """Delivers the outputs of functions. ``encoding`` is host.json's messageEncoding."""

    def __init__(self, connections: Connections, encoding: str) -> None:
        self._connections = connections
        self._encoding = encoding

    async def deliver(self, function: Function, produced: Mapping[str, object]) -> None:
        """Send what ``function`` produced, by binding name. Raises what the services' clients raise."""
        for binding in function.outputs:
            value = produced[binding.name]
            if binding.type != "http" and value is not None:
                send = self._enqueue if binding.type == "queue" else self._upsert
                await asyncio.to_thread(send, binding, value)

    def _enqueue(self, binding: Binding, value: object) -> None:
        service = self._connections.get(binding.text("connection")).queues
        queue = service.get_queue_client(binding.text("queueName"))
        for body in messages(value):
            content = encode(body, self._encoding)
            try:
                queue.send_message(content)
            except ResourceNotFoundError:
                create_queue(queue)
                queue.send_message(content)

    def _upsert(self, binding: Binding, value: object) -> None:
        database = self._connections.get(binding.text("connection")).cosmos.get_database_client(
            binding.text("databaseName"))
        container = database.get_container_client(binding.text("containerName"))
        for document in [value] if isinstance(value, func.Document) else _iterable(value):
            if not isinstance(document, Mapping):
                raise TypeError(f"a Cosmos output takes func.Document, not {type(document).__name__}")
            container.upsert_item(dict(document))


def create_queue(queue: QueueClient) -> None:
    """Create ``queue`` unless it is there."""
    try:
        queue.create_queue()
    except ResourceExistsError:
        return


def messages(value: object) -> list[bytes]:
    """The messages in one output: a text, bytes, a QueueMessage, or a list of them or of JSON objects."""
    if isinstance(value, str | bytes | func.QueueMessage):
        return [_body(value)]
    return [_body(each) for each in _iterable(value)]


def encode(body: bytes, encoding: str) -> str:
    """The content of a queue message that carries ``body``."""
    return base64.b64encode(body).decode() if encoding == "base64" else body.decode()


def decode(content: str, encoding: str) -> bytes:
    """The body in the content of a queue message. Raises ValueError when it is not encoded so."""
    return base64.b64decode(content, validate=True) if encoding == "base64" else content.encode()


def _body(value: object) -> bytes:
    if isinstance(value, func.QueueMessage):
        return value.get_body()
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value)).encode()


def _iterable(value: object) -> Iterable[object]:
    if not isinstance(value, Iterable):
        raise TypeError(f"an output cannot be made of {type(value).__name__}")
    return value
