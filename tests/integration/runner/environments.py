"""What tests of environments on nodes share: tiny packages, a script that needs one, and what is looked at."""

import hashlib
import json
import uuid
from collections.abc import Callable
from pathlib import Path

from tests import packages
from tests.integration.runner.node import Document, Node

PATIENCE_SECONDS = 900  # builds are slow on a busy machine
TOOLS = "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"
SCRIPT = {"train.py": """
    import os, subprocess, sys, tinymath
    print("sum", tinymath.add(2, 3))
    print("said", subprocess.run(["tinymath-say"], capture_output=True, text=True, check=True).stdout.strip())
    print("in", os.environ["VIRTUAL_ENV"], sys.prefix)
    """}
TINYMATH = """
    def add(a, b):
        return a + b
    def main():
        import sys
        print("from", sys.prefix)
    """
MakeNode = Callable[..., Node]


def asking(wheels: Path, *pip: str, digest: str | None = None, **more: object) -> Document:
    """An environment of packages that are in the folder of wheels."""
    wanted = {"pip": [f"--find-links {wheels}", "--no-index", *pip], **more}
    key = digest or hashlib.sha256(f"{json.dumps(wanted)}{uuid.uuid4().hex}".encode()).hexdigest()
    return {"packages": wanted, "digest": key}


def log_of(node: Node) -> str:
    return node.text("system_logs/environment.txt")


def archives(node: Node, environment: Document) -> list[str]:
    container = node.service.blobs.get_container_client("environments")
    return sorted(name.partition("/")[2] for name in container.list_blob_names(
        name_starts_with=environment["digest"]))


def succeeded(completed: Document, node: Node) -> None:
    assert completed["outcome"] == "succeeded", f"{completed}\n{log_of(node)}\n{node.said}"


def make_wheels(folder: Path) -> None:
    """All packages the tests install, and some that cannot be."""
    packages.wheel(folder, "tinymath", "1.2", TINYMATH, command="tinymath-say")
    packages.wheel(folder, "needy", "1.0", "", requires=("tinymath<1",))
    packages.source(folder, "slow", "1.0", """
        import os, pathlib, time
        pathlib.Path(os.environ["BUILD_PID"]).write_text(str(os.getpid()))
        time.sleep(600)""")
    packages.source(folder, "leaky", "1.0", """
        import os
        print("the token is", os.environ["MY_TOKEN"])
        print("the index is", os.environ["WHERE"])
        raise SystemExit("leaky cannot be built")""")
