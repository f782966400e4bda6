"""An input ``digits`` of files of a storage, and a script that shows what it finds of it."""

import json

from tests.integration.mount.storage import Storage
from tests.integration.runner.node import Document, Node
from tests.integration.runner.service import Input

ARGUMENT = {"input": "digits"}
SHOW = """
    import json, os, sys
    path = sys.argv[1]
    print(json.dumps({"path": path, "is_mount": os.path.ismount(os.path.realpath(path)) or os.path.ismount(
        os.path.realpath(os.path.dirname(path))), "names": sorted(os.listdir(path)) if os.path.isdir(path) else None,
        "a": open(os.path.join(path, "a") if os.path.isdir(path) else path).read()}))
"""


def offered(node: Node, storage: Storage, *, is_file: bool = False) -> Input:
    """The files of the storage, as input ``digits``."""
    files = storage.page(None)["value"]
    assert isinstance(files, list)
    node.service.inputs["digits"] = Input(files[:1] if is_file else files, is_file)
    return node.service.inputs["digits"]


def digits(at: str | None = None, mode: str = "mount") -> dict[str, Document]:
    return {"digits": {"dataset": "0a1b2c3d-4e5f-6a7b-8c9d-0e1f2a3b4c5d", "mode": mode, "path_on_compute": at}}


def shown(node: Node, at: str | None = None, script: str = SHOW) -> Document:
    completed = node.run({"train.py": script}, arguments=(ARGUMENT,), inputs=digits(at))
    assert completed["outcome"] == "succeeded", (completed, node.said)
    return dict(json.loads(node.std_log))


def failure(node: Node, mode: str, script: str = SHOW) -> Document:
    completed = node.run({"train.py": script}, arguments=(ARGUMENT,), inputs=digits(mode=mode))
    assert completed["outcome"] == "failed", completed
    return dict(completed["reason"])
