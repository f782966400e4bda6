"""The client: freezing a large folder, and submitting as a script for v1 does."""

import hashlib
import io
import os
import tempfile
import time
from contextlib import redirect_stderr
from pathlib import Path
from unittest.mock import patch

from runspoor import Client
from runspoor.sdk.experiment import Experiment
from runspoor.sdk.script_run_config import ScriptRunConfig
from runspoor.sdk.workspace import Workspace

from bench.measure import Result, turn_by_turn
from bench.target import Target

FILES, FILE_BYTES = 2_000, 8_000
SUBMISSIONS = 15


def snapshots(target: Target) -> list[Result]:
    """Freezing 2,000 files that the backend has not, and that it has."""
    with tempfile.TemporaryDirectory() as folder, Client(target.system.url, target.system.state.key) as client:
        for number in range(FILES):
            path = Path(folder, f"package{number % 50}", f"module{number}.py")
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(os.urandom(FILE_BYTES))
        hashed = _hashed(folder)
        first, again = _frozen(client, folder), _frozen(client, folder)
    return [
        Result("snapshot of 2,000 files, first time", first, "reading and hashing them", hashed, "s"),
        Result("snapshot of 2,000 files, unchanged", again, "reading and hashing them", hashed, "s"),
    ]


def _hashed(folder: str) -> float:
    start = time.perf_counter()
    for path in Path(folder).rglob("*.py"):
        hashlib.sha256(path.read_bytes()).hexdigest()
    return time.perf_counter() - start


def _frozen(client: Client, folder: str) -> float:
    start = time.perf_counter()
    client.snapshot(folder, stream=io.StringIO())
    return time.perf_counter() - start


def submission(target: Target) -> Result:
    """``Experiment.submit`` of an unchanged folder until the run is there, against the two bare requests it needs."""
    told = {"RUNSPOOR_URL": target.system.url, "RUNSPOOR_KEY": target.system.state.key}
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, told), redirect_stderr(io.StringIO()):
        Path(folder, "train.py").write_text("print('here')\n")
        experiment = Experiment(Workspace("subscription", "group", "bench"), "bench")
        config = ScriptRunConfig(folder, script="train.py", compute_target="bench")
        submitted, bare = turn_by_turn(lambda: experiment.submit(config), lambda: target.submit("print('here')\n"),
                                       SUBMISSIONS)
    return Result("Experiment.submit, unchanged folder", submitted * 1000, "POST snapshots, POST runs", bare * 1000,
                  "ms")
