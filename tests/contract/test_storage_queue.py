"""The queue adapter keeps the contract of ``Reactions``, in messages that the Functions host can read."""

import base64
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from azure.storage.queue import QueueClient, TextBase64EncodePolicy

from local.azurite import Azurite
from shared.adapters.storage_queue import StorageQueue
from tests.contract.reactions import ReactionsContract
from tests.integration.batch_emulator.running import until


class TestStorageQueue(ReactionsContract):
    @pytest.fixture(autouse=True)
    def _use(self, azurite: Azurite) -> Iterator[None]:
        name = f"q-{uuid4().hex}"
        connect = QueueClient.from_connection_string
        with (connect(azurite.connection_string, name, message_encode_policy=TextBase64EncodePolicy()) as self.queue,
              connect(azurite.connection_string, name) as self.raw):
            self.queue.create_queue()
            yield
            self.queue.delete_queue()

    def make(self) -> StorageQueue:
        return StorageQueue(self.queue)

    def due(self) -> list[str]:
        return [json.loads(base64.b64decode(message.content))["stream"] for message in self.raw.receive_messages()]

    def test_a_message_is_json_in_base64(self) -> None:
        self.make().send("run-ü")
        [message] = self.raw.peek_messages()
        assert base64.b64decode(message.content, validate=True) == json.dumps({"stream": "run-ü"}).encode()

    def test_what_is_delayed_comes_when_the_delay_has_passed_and_not_before(self) -> None:
        sent = time.monotonic()
        self.make().send("run-a", timedelta(seconds=1.2))
        assert until(self.due) == ["run-a"]
        assert time.monotonic() - sent >= 1.2
