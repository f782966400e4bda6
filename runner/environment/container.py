"""Running in a container, with the node's docker or podman."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.environment.commands import Commands
from runner.environment.installers import find, requirements_file
from runner.environment.requirements import Plan
from runner.environment.specification import Image
from runner.errors import RunFailed

log = logging.getLogger(__name__)
RUNTIMES = ("docker", "podman")
# The base images v1 names when the user names none: an operating system with conda, which the node itself stands for.
NODE_IMAGES = re.compile(r"mcr\.microsoft\.com/azureml/(?!curated/)")
END_SECONDS = 60
# What v1 gives a container for shared memory, and data loaders need.
SHARED_MEMORY = "2g"


def is_the_node(image: Image) -> bool:
    """Whether the image is one for which the node itself stands."""
    return bool(image.name and NODE_IMAGES.match(image.name))


@dataclass(frozen=True)
class Container:
    """A container yet to be run, in which ``home`` and the folders ``also`` have the paths they have on the node."""

    runtime: str
    image: str
    name: str
    home: Path
    also: tuple[str, ...] = ()

    def argv(self, inside: Sequence[str], folder: Path, names: Iterable[str]) -> list[str]:
        """The command that runs ``inside`` in it. Variables are passed by name: no command line shows their values."""
        passed = [word for name in sorted(names) for word in ("--env", name)]
        user = () if os.getuid() == 0 else ("--user", f"{os.getuid()}:{os.getgid()}")
        is_podman = Path(self.runtime).name == "podman"
        same = ("--userns", "keep-id") if user and is_podman else ()
        graphics = ("--gpus", "all") if Path("/dev/nvidiactl").exists() else ()
        folders = [word for path in (str(self.home), *self.also) for word in ("--volume", f"{path}:{path}")]
        # Docker brings the init that passes signals on; podman would need another program for it.
        first = () if is_podman else ("--init",)
        return [self.runtime, "run", "--rm", *first, "--name", self.name, "--network", "host", "--shm-size",
                SHARED_MEMORY, *graphics, *same, *user, *folders, "--workdir", str(folder),
                "--env", f"HOME={self.home}", *passed, "--entrypoint", inside[0], self.image, *inside[1:]]

    def end(self) -> None:
        """Away with it: a runtime's client that was killed leaves its container running."""
        try:
            subprocess.run([self.runtime, "rm", "--force", self.name], stdin=subprocess.DEVNULL, capture_output=True,
                           timeout=END_SECONDS, check=False)
        except (OSError, subprocess.SubprocessError) as error:
            log.warning("the container %s could not be removed: %s", self.name, error)


def prepare(image: Image, name: str, commands: Commands) -> Container:
    """Fetch or build the image. Raises RunFailed (NoContainerRuntime, EnvironmentFailed), Stopped."""
    runtime = _runtime(image, commands)
    if image.dockerfile is not None:
        return Container(runtime, _built(image.dockerfile, runtime, commands), name, commands.folder)
    wanted = image.name or ""
    if commands.code([runtime, "image", "inspect", "--format", "{{.Id}}", wanted]):
        commands.run([runtime, "pull", wanted])
    return Container(runtime, wanted, name, commands.folder)


def _runtime(image: Image, commands: Commands) -> str:
    found = [path for path in (find(name, commands) for name in RUNTIMES) if path]
    for path in found:
        if not commands.code([path, "version"]):
            return path
    trouble = (f"{found[0]} is there but does not answer (system_logs/environment.txt has its words)" if found
               else "neither docker nor podman is there")
    wanted = f"the image {image.name!r}" if image.name else "an image made of a Dockerfile"
    raise RunFailed("NoContainerRuntime", f"The environment asks for {wanted}, and the compute node cannot run "
                    f"containers: {trouble}. Use packages instead, or a node with a container runtime.")


def _built(dockerfile: str, runtime: str, commands: Commands) -> str:
    """The name of the image a Dockerfile makes; its build sees no files but the Dockerfile."""
    tag = f"runspoor-{hashlib.sha256(dockerfile.encode()).hexdigest()[:16]}"
    folder = commands.folder / "image"
    folder.mkdir(exist_ok=True)
    (folder / "Dockerfile").write_text(dockerfile, encoding="utf-8")
    commands.run([runtime, "build", "--tag", tag, str(folder)])
    return tag

def install(around: Container, plan: Plan, commands: Commands) -> Path:
    """Install into a virtual environment of the image's Python, for this run alone; gives its Python.

    Raises RunFailed, Stopped.
    """
    for note in plan.notes:
        commands.log.say(note)
    prefix = commands.folder / "environment"
    lines = requirements_file(commands, "requirements.txt", plan.pip)
    told = [name for name in commands.variables if name.startswith("PIP_") and name != "PIP_CACHE_DIR"]
    for inside in (["python3", "-m", "venv", "--system-site-packages", str(prefix)],
                   [str(prefix / "bin" / "python"), "-m", "pip", "install", "-r", lines]):
        try:
            commands.run(around.argv(inside, commands.folder, told))
        finally:
            around.end()
    return prefix / "bin" / "python"
