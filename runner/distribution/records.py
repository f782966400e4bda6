"""What the processes of one node are told and say of their ends, in a folder: they are mpirun's children, not ours."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

LAUNCH, LOGS, ENDS, STOP = "launch.json", "ranks", "ends", "stop.json"


@dataclass(frozen=True)
class Launch:
    """What each process of the node is to run; read by it from a file, so that no command line has a user's values.

    ``distribution`` as in the task document.
    """

    argv: Sequence[str]
    environment: Mapping[str, str]
    root: str
    distribution: Mapping[str, Any]
    grace_seconds: float

    def write(self, home: Path) -> Path:
        path = home / LAUNCH
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
        return path

    @classmethod
    def read(cls, path: Path) -> Launch:
        return cls(**json.loads(path.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class End:
    """How a process ended: its return code (negative: minus a signal), and when (seconds since 1970).

    ``name`` is the number of a rank, or ``ps-1`` of a parameter server. ``told``: it had been asked to end.
    """

    name: str
    node: int
    code: int
    told: bool
    at: float

    @property
    def is_failure(self) -> bool:
        """Whether it ended badly by itself."""
        return self.code != 0 and not self.told

    @property
    def who(self) -> str:
        server = self.name.partition("ps-")[2]
        return f"parameter server {server}" if server else f"rank {self.name}"


class Records:
    """The folders of one node's processes, below the task's own."""

    def __init__(self, home: Path) -> None:
        self.logs, self._ends = home / LOGS, home / ENDS

    def clear(self) -> None:
        for folder in (self.logs, self._ends):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()

    def log(self, node: int, name: str) -> Path:
        """The file that gets what the process prints."""
        return self.logs / str(node) / f"{name}.txt"

    def stop(self, grace_seconds: float) -> None:
        """Ask all processes to end, each in its own time, but not later than that."""
        _write(self._ends / STOP, {"grace_seconds": grace_seconds})

    def asked(self) -> float | None:
        """The grace, once they are asked to end."""
        try:
            return float(json.loads((self._ends / STOP).read_text())["grace_seconds"])
        except FileNotFoundError:
            return None

    def ended(self, rank: int, end: End) -> None:
        _write(self._ends / f"{rank}.json", asdict(end))

    def ends(self) -> list[End]:
        return [End(**json.loads(path.read_text())) for path in sorted(self._ends.glob("[0-9]*.json"))]


def _write(path: Path, document: Mapping[str, object]) -> None:
    """In one step, so that no reader finds half of it."""
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(document))
    draft.replace(path)


def first_failure(ends: Sequence[End]) -> End | None:
    return min((end for end in ends if end.is_failure), key=lambda end: end.at, default=None)
