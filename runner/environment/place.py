"""Where the script runs: with a Python of the node, in an environment made for it, or in a container."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from runner import launch
from runner.blobs import Blobs
from runner.environment import container
from runner.environment.build_log import BuildLog
from runner.environment.commands import Commands
from runner.environment.container import Container
from runner.environment.installers import build_variables
from runner.environment.prepare import Made, from_packages
from runner.environment.requirements import plan, with_pip_only
from runner.errors import RunFailed
from runner.shipping import Background
from runner.stop import Stop
from runner.task import Task

LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Place:
    """``made`` is the environment, if one was asked for; ``container`` is around it, if there is one."""

    task: Task
    made: Made | None = None
    container: Container | None = None

    def variables(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The script's environment in this place, from what it would be on the node."""
        result = dict(environment)
        if self.made:
            result.update(self.made.variables(result.get("PATH", "")))
        return result

    def argv(self, root: Path, environment: Mapping[str, str]) -> list[str]:
        """The argument vector. Raises RunFailed: ScriptNotFound or InterpreterNotFound."""
        task = replace(self.task, python=self.made.python) if self.made else self.task
        if self.container is None:
            return launch.argv(task, root, environment)
        return self.container.argv(launch.argv(task, root, None), root, self._passed(environment))

    def _passed(self, environment: Mapping[str, str]) -> set[str]:
        """The variables a container gets: the user's and ours, but nothing that is the node's own."""
        known = {*self.task.variables, *launch.marker(self.task)}  # Batch gives the marker to the runner too.
        return {name for name, value in environment.items()
                if name in known or os.environ.get(name) != value} - {"HOME"}

    def leave(self) -> None:
        """The script has ended."""
        if self.container:
            self.container.end()


def prepare(task: Task, blobs: Blobs, stop: Stop, home: Path) -> Place:
    """Make the environment, telling of it in the build log. Raises RunFailed, Stopped, Fenced, Refused, Outage."""
    if not task.environment.is_made:
        return Place(task)
    variables = launch.node_variables(task, os.environ)
    build_log = BuildLog(blobs, home, variables)
    shipping = Background(build_log, LOOK_SECONDS, stop)
    try:
        return _make(task, blobs, Commands(task, stop, build_log, home, build_variables(variables, home)))
    finally:
        shipping.finish()


def _make(task: Task, blobs: Blobs, commands: Commands) -> Place:
    image, packages, digest = task.environment.image, task.environment.packages, task.environment.digest
    if image and container.is_the_node(image):
        commands.log.say(f"the node itself takes the place of the base image {image.name}")
        image = None
    if image and task.distribution:
        raise RunFailed("LauncherNotFound", "A distributed run has its processes on the nodes themselves, not in a "
                        "container: give its environment packages instead of an image.")
    if image:
        around = replace(container.prepare(image, f"runspoor-{task.run_id}-{task.attempt}", commands),
                         also=_outside(task, commands.folder))
        wanted = with_pip_only(plan(packages)) if packages else None
        if wanted is None or wanted.is_empty:
            return Place(task, None, around)
        return Place(task, Made(str(container.install(around, wanted, commands))), around)
    if packages is None:
        return Place(task)
    if digest is None:
        raise RunFailed("EnvironmentFailed", "The task document has no digest of the packages: the backend is older "
                        "than the runner; finish its deployment.")
    return Place(task, from_packages(packages, digest, blobs, commands))


def _outside(task: Task, home: Path) -> tuple[str, ...]:
    """Where data lies that the user wanted elsewhere than below the task's folder."""
    wanted = {each.path_on_compute for each in task.inputs.values() if each.path_on_compute}
    wanted |= {each.path_on_compute if each.prepared else os.path.dirname(each.path_on_compute)
               for each in task.outputs.values() if each.path_on_compute}
    return tuple(sorted(path for path in wanted if os.path.isabs(path) and home not in Path(path).parents))
