"""The command ``runspoor`` as a user starts it."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.system import System


@dataclass(frozen=True)
class Command:
    """In a folder of its own, which is the home too; ``more`` are further variables."""

    system: System
    folder: Path
    more: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Until it ends; stdout and stderr are pipes."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RUNSPOOR_", "XDG_"))}
        environment = {**kept, "HOME": str(self.folder), **self.system.client_environment, **self.more}
        return subprocess.run([sys.executable, "-m", "runspoor.cli.main", *arguments], cwd=self.folder, env=environment,
                              input=stdin, capture_output=True, text=True, timeout=100, check=False)

    def out(self, *arguments: str) -> str:
        """What it prints when all is well."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, *arguments: str) -> object:
        """What it prints with ``--json``."""
        return json.loads(self.out(*arguments, "--json"))

    def on_a_terminal(self, *arguments: str, **more: str) -> str:
        """What is shown there."""
        ours, theirs = pty.openpty()
        environment = {**os.environ, **self.system.client_environment, "TERM": "xterm-256color", "COLUMNS": "90",
                       **more}
        with subprocess.Popen([sys.executable, "-m", "runspoor.cli.main", *arguments], stdin=theirs, stdout=theirs,
                              stderr=theirs, env=environment, cwd=self.folder):
            os.close(theirs)
            shown = b""
            while piece := _read(ours):
                shown += piece
        os.close(ours)
        return shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""  # Linux says so when the other side has ended.
