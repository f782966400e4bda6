"""A node whose requests arrive but whose answers are lost now and then."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.integration.runner.lossy import lossy
from tests.integration.runner.node import Node

BUSY = """
    import os, runspoor, time
    for number in range(200):
        print("line", number)
        runspoor.log("n", number)
        time.sleep(0.01)
    for number in range(300_000):
        print(number)
    open("outputs/model.bin", "wb").write(os.urandom(17 * 1024 * 1024))
"""


@contextmanager
def storage_behind_a_lossy_network(node: Node, loses: Callable[[int], bool]) -> Iterator[None]:
    real = urlsplit(node.service.blobs.url)
    with lossy(str(real.hostname), int(real.port or 80), loses) as port:
        node.service.storage_host = real.netloc, f"127.0.0.1:{port}"
        yield


def test_nothing_is_doubled_or_lost(node: Node) -> None:
    """Every third answer of storage is lost, of appends, chunks, blocks and signals alike."""
    with storage_behind_a_lossy_network(node, lambda number: number % 3 == 0):
        completed = node.run({"train.py": BUSY})

    assert completed["outcome"] == "succeeded"
    lines = [f"line {number}" for number in range(200)] + [str(number) for number in range(300_000)]
    assert node.std_log == "\n".join(lines) + "\n"
    assert node.points("n") == list(range(200))
    model = node.blob("outputs/model.bin") or b""
    assert node.properties("outputs/model.bin").metadata["sha256"] == hashlib.sha256(model).hexdigest()


def test_a_lost_answer_to_started_is_not_a_lost_node(node: Node) -> None:
    with storage_behind_a_lossy_network(node, lambda number: number == 1):
        completed = node.run({"train.py": "print('ran')"})

    assert completed["outcome"] == "succeeded"
    assert node.std_log == "ran\n"
    assert "lost.json" not in node.names("signals")
