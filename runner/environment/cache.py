"""Environments on the disk of a node, shared by its runs. One is usable once its marker is there."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner.environment.commands import Commands

MARKER = "runspoor-environment.json"
LOOK_SECONDS = 0.2
# Scripts begin with the path of their Python, and Linux reads 255 bytes of that line (127 before 5.1).
DIGITS = 16


def root(variables: Mapping[str, str], home: Path) -> Path:
    """The folder that runs of this node share: Batch's, on the caller's machine the user's; else the task's own."""
    shared = variables.get("AZ_BATCH_NODE_SHARED_DIR")
    if shared:
        folder = Path(shared) / "runspoor" / "environments"
    elif "AZ_BATCH_NODE_ID" not in variables:
        folder = Path(variables.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "runspoor" / "environments"
    else:
        folder = home / "environments"
    return folder if _is_usable(folder) else home / "environments"


def _is_usable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


@dataclass(frozen=True)
class Entry:
    """The folder of one environment, at its final place from the beginning: what is installed knows its path."""

    path: Path

    @classmethod
    def of(cls, folder: Path, digest: str, tag: str) -> Entry:
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder / f"{digest[:DIGITS]}-{tag}")

    @property
    def python(self) -> Path:
        return self.path / "bin" / "python"

    @property
    def is_complete(self) -> bool:
        return (self.path / MARKER).is_file()

    def clear(self) -> None:
        """Away with what somebody left half done."""
        shutil.rmtree(self.path, ignore_errors=True)

    def complete(self, facts: Mapping[str, object]) -> None:
        """Say that it is whole; last of all, and at once."""
        draft = self.path / f"{MARKER}.draft"
        draft.write_text(json.dumps(dict(facts)), encoding="utf-8")
        draft.replace(self.path / MARKER)

    @contextmanager
    def locked(self, commands: Commands) -> Iterator[None]:
        """Alone with it, among all processes of the node. The kernel unlocks when the last process with the file dies.

        Commands inherit the file, so that one that outlives a killed runner still keeps others away. Raises Stopped.
        """
        with self.path.with_name(f"{self.path.name}.lock").open("ab") as file:
            _lock(file.fileno(), commands)
            commands.held = (file.fileno(),)
            try:
                yield
            finally:
                commands.held = ()


def _lock(file: int, commands: Commands) -> None:
    told = False
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if not told:
                commands.log.say("another run on this node is making this environment; waiting for it")
            told = True
        commands.check()
        time.sleep(LOOK_SECONDS)
