"""A script that leaves no room on its node's disk: what it made is stored all the same, and the run ends as it did."""

import subprocess
from pathlib import Path

from tests.integration.runner.node import Node

FILL = """
    import errno, os, sys
    open(os.path.join(sys.argv[1], "net.pkl"), "w").write("net")
    try:
        with open("outputs/filler", "wb", buffering=0) as filler:
            while True:
                filler.write(bytes(100_000)) or sys.exit("nothing was written")
    except OSError as error:
        assert error.errno == errno.ENOSPC
"""


def test_what_was_made_is_stored(node: Node) -> None:
    node.home.mkdir()
    node.submit({"train.py": FILL}, arguments=({"output": "model"},), outputs={"model": {}})
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", node.home], check=True)
    try:
        node.start()
        assert node.wait() == 0, node.said
        size = Path(node.home, "snapshot/outputs/filler").stat().st_size
    finally:
        node.stop()
        subprocess.run(["umount", "--lazy", node.home], check=True)
    assert node.completed["outcome"] == "succeeded", node.completed
    assert node.completed["outputs"] == {"files": 1, "bytes": size, "failed": []}
    assert len(node.text("outputs.jsonl").splitlines()) == 1
    assert node.data("model") == {"net.pkl": b"net"}
