"""The queue of reactions in Azure Storage: ``{"stream": "run-…"}`` in base64, as the Functions host expects."""

import json
import math
from datetime import timedelta

from azure.storage.queue import QueueClient

LONGEST_DELAY = timedelta(days=7) - timedelta(minutes=1)
"""A message lives seven days; one that is hidden for as long is never seen."""


class StorageQueue:
    """The ``Reactions`` port. The client must encode messages as base64."""

    def __init__(self, queue: QueueClient) -> None:
        self._queue = queue

    def send(self, stream: str, delay: timedelta = timedelta()) -> None:
        hidden = math.ceil(min(delay, LONGEST_DELAY).total_seconds())
        self._queue.send_message(json.dumps({"stream": stream}), visibility_timeout=hidden)
