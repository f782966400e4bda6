"""``task.json``: what this attempt is to do."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Task:
    """The task document of the contract; durations in seconds."""

    run_id: str
    attempt: int
    experiment: str
    api: str
    token: str = field(repr=False)
    snapshot_id: str
    script: str | None
    arguments: tuple[str, ...]
    command: tuple[str, ...]
    python: str | None
    variables: dict[str, str]
    duration_seconds: float | None
    grace_seconds: float

    @property
    def title(self) -> str:
        """What messages call the thing that is run."""
        return f"script {self.script}" if self.script else f"command {' '.join(self.command)[:200]}"


def take(path: Path) -> Task:
    """Read the task document and delete it, so that the run token stays in memory only.

    Raises OSError when it is not there, KeyError/TypeError/ValueError when it is not a task document.
    """
    text = path.read_text(encoding="utf-8")
    path.unlink()
    return parse(text)


def parse(text: str) -> Task:
    document = json.loads(text)
    launch, environment, limits = document["launch"], document["environment"], document["limits"]
    return Task(
        run_id=document["run_id"],
        attempt=document["attempt"],
        experiment=document["experiment"],
        api=document["api"].rstrip("/"),
        token=document["token"],
        snapshot_id=document["snapshot"]["id"],
        script=launch.get("script"),
        arguments=tuple(str(argument) for argument in launch.get("arguments") or ()),
        command=tuple(str(argument) for argument in launch.get("command") or ()),
        python=environment.get("python"),
        variables={name: str(value) for name, value in (environment.get("variables") or {}).items()},
        duration_seconds=limits.get("duration_seconds"),
        grace_seconds=limits.get("grace_seconds", 20),
    )
