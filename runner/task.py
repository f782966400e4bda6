"""``task.json``: what this attempt is to do."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runner.distribution import specification as distribution
from runner.distribution.specification import Distribution
from runner.environment import specification
from runner.environment.specification import Specification


class InputArgument(str):
    """The name of an input, in the place of its value, which is known once the input is there."""


class OutputArgument(str):
    """The name of an output, in the place of its path, which is known once its folder is there."""


@dataclass(frozen=True)
class Output:
    """What a folder of the node is for: ``mode`` "mount" or "upload", ``globs`` of the files that are meant.

    Not ``prepared``: the script makes a file or folder at ``path_on_compute``. ``folder`` is that of the datastore,
    empty for all of it.
    """

    datastore: str
    folder: str
    mode: str
    path_on_compute: str | None
    overwrite: bool
    globs: tuple[str, ...]
    prepared: bool

    @property
    def overwrites(self) -> bool:
        """What is mounted may be written anew at any time."""
        return self.overwrite or self.mode == "mount"


@dataclass(frozen=True)
class Input:
    """Data to fetch: ``dataset`` is the id of one, or none when it is a path of a datastore."""

    dataset: str | None
    mode: str
    path_on_compute: str | None


@dataclass(frozen=True)
class Task:
    """The task document of the contract; durations in seconds. ``local``: the node is the caller's own machine.

    ``may_be_tried_again``: there are attempts left, should this one be lost. ``distribution``: none is one process.
    ``node``: the number of this node, 0 being that which has the attempt.
    """

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
    environment: Specification
    variables: dict[str, str]
    inputs: dict[str, Input]
    outputs: dict[str, Output]
    compatibility: str | None
    duration_seconds: float | None
    grace_seconds: float
    local: bool
    may_be_tried_again: bool = False
    distribution: Distribution | None = None
    node: int = 0

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
        arguments=tuple(map(_argument, launch.get("arguments") or ())),
        command=tuple(map(_argument, launch.get("command") or ())),
        python=environment.get("python"),
        environment=specification.parse(environment),
        variables={name: str(value) for name, value in (environment.get("variables") or {}).items()},
        inputs={name: Input(each.get("dataset"), each["mode"], each.get("path_on_compute"))
                for name, each in (document.get("inputs") or {}).items()},
        outputs={name: _output(each) for name, each in (document.get("outputs") or {}).items()},
        compatibility=document.get("compatibility"),
        duration_seconds=limits.get("duration_seconds"),
        grace_seconds=limits.get("grace_seconds", 20),
        local=bool(document.get("local")),
        may_be_tried_again=bool(document.get("may_be_tried_again")),
        distribution=distribution.parse(document.get("distribution")),
    )


def _output(given: dict[str, Any]) -> Output:
    return Output(given["path"]["datastore"], given["path"]["path"], given["mode"], given.get("path_on_compute"),
                  bool(given.get("overwrite")), tuple(given.get("globs") or ()), given.get("prepared", True))


def _argument(given: object) -> str:
    if not isinstance(given, dict):
        return str(given)
    return OutputArgument(str(given["output"])) if "output" in given else InputArgument(str(given["input"]))
