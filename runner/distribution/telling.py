"""What the runners of further nodes say to that of the first: lines of JSON on standard output, which mpirun brings.

| event | when | with |
|---|---|---|
| here | it runs | `name` |
| ready | the processes can be started | |
| failed | they cannot | `code`, `message` |
| exit | one has ended | an ``End``, `lines` |
| ran | all have ended, and their logs are stored | `failed`: (code, message) by which a script said so |
| output | one output is in its datastore | a ``Result`` |
| done | all is stored | `chunks`, `outputs`, `failed`: (code, message) |
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LINE_BYTES = 3500
"""mpirun brings at most 4 KiB at once, and may put another node's words between two such pieces."""
PAUSE_SECONDS = 0.02
"""So long mpirun may need to take one line, before the next one would be in the same piece."""
FAILED_SHOWN = 2
MESSAGE_CHARACTERS = 150


class Telling:
    """The voice of one node. Safe to use from many threads."""

    def __init__(self, node: int, output: int) -> None:
        """``output``: a file descriptor."""
        self._node, self._output = node, output
        self._lock = threading.Lock()

    def say(self, event: str, **what: object) -> None:
        line = json.dumps({"node": self._node, "event": event, **what}, ensure_ascii=False).encode("utf-8", "replace")
        with self._lock:
            os.write(self._output, line + b"\n")
            time.sleep(PAUSE_SECONDS)


def fitting(lines: Sequence[str]) -> list[str]:
    """As many of the last lines as fit into one event, which has other words too."""
    room = LINE_BYTES - 1000
    kept: list[str] = []
    for line in reversed(lines):
        room -= len(json.dumps(line)) + 2
        if room < 0:
            break
        kept.insert(0, line)
    return kept


@dataclass
class Heard:
    """What one node has said. ``said``: by event, the last of its kind."""

    said: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    exits: list[Mapping[str, Any]] = field(default_factory=list)
    outputs: list[Mapping[str, Any]] = field(default_factory=list)

    def hear(self, line: Mapping[str, Any]) -> None:
        several = {"exit": self.exits, "output": self.outputs}.get(line["event"])
        if several is not None:
            several.append(line)
        else:
            self.said[line["event"]] = line


def hear(line: bytes, nodes: Mapping[int, Heard]) -> bool:
    """Take in one line; False when it is nothing that a node of ours says."""
    try:
        found = json.loads(line)
        nodes[found["node"]].hear(found)
    except (ValueError, KeyError, TypeError):
        return False
    return True
