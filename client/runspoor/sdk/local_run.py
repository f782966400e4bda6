"""Runs on this machine: the same runner as on a compute node, in the background."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runspoor.sdk.run import Run

OURS = "RUNSPOOR_"
TASK, RUNNER, OUTPUT = "task.json", "runner.pyz", "runner.txt"
IN_BACKGROUND = """
import os, shutil, subprocess, sys
if os.fork() == 0:
    marked = {**os.environ, "RUNSPOOR_RUN_ID": sys.argv[2], "RUNSPOOR_ATTEMPT": sys.argv[3]}
    if subprocess.call([sys.executable, sys.argv[1]], env=marked) == 0:
        shutil.rmtree(os.getcwd(), ignore_errors=True)
"""
"""A process that ends at once, so that nobody here has to wait, and its child, which runs the runner and, once all that
the run left is stored (exit code 0), deletes the run's folder. It is not marked as the run's: those the runner ends."""


def start(run: Run) -> Path:
    """Begin the run's attempt on this machine; returns the folder in which it runs, until it has ended.

    The process has a session of its own: it goes on when this one ends, however it ends. Called again for the same
    run it begins a second process, which finds that the attempt is taken and leaves.
    """
    attempt = run._record.write("POST", "/local-attempt", {})
    # Only this user may read it: the task has the run's token.
    folder = Path(tempfile.mkdtemp(prefix=f"runspoor-{run.id}-"))
    _download(run, attempt["runner"], folder / RUNNER)
    _private(folder / TASK, attempt["task"])
    with (folder / OUTPUT).open("wb") as output:
        subprocess.run([sys.executable, "-c", IN_BACKGROUND, RUNNER, run.id, str(attempt["attempt"])], cwd=folder,
                       check=True, env=_variables(), stdin=subprocess.DEVNULL, stdout=output,
                       stderr=subprocess.STDOUT, start_new_session=True)
    return folder


def _download(run: Run, url: str, target: Path) -> None:
    with run._record.client() as client, client.api.download(url) as pieces, target.open("wb") as output:
        for piece in pieces:
            output.write(piece)


def _private(file: Path, content: Any) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as output:
        json.dump(content, output)


def _variables() -> dict[str, str]:
    """This process's variables, but none by which it is itself part of a run, or reaches the backend."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
