"""The two ways to install: a virtual environment with uv or pip, and conda's."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from runner.environment import archive, bundled_pip
from runner.environment.cache import Entry, root
from runner.environment.commands import Commands
from runner.environment.interpreters import Interpreter
from runner.environment.requirements import Plan

CONDA_TOOLS = ("micromamba", "mamba", "conda")
# What tells pip where to look, and the word uv has for it. Uv knows no other variable of pip's.
UV_WORDS = {"PIP_INDEX_URL": "UV_DEFAULT_INDEX", "PIP_EXTRA_INDEX_URL": "UV_EXTRA_INDEX_URL",
            "PIP_FIND_LINKS": "UV_FIND_LINKS"}
# Pip asks nobody, and does not speak of newer versions of itself.
QUIET = {"PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONNOUSERSITE": "1"}
OURS = (*QUIET, "PIP_CACHE_DIR", "PIP_CONFIG_FILE")
PLACES = re.compile(r"^\s*(index-url|extra-index-url|find-links|no-index)\b", re.MULTILINE)
# They would make a build depend on the Python that runs the runner, or put packages elsewhere.
NOT_FOR_BUILDS = frozenset({"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX", "PIP_REQUIRE_VIRTUALENV",
                            "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "UV_SYSTEM_PYTHON", "UV_PROJECT_ENVIRONMENT"})


def build_variables(inherited: Mapping[str, str], home: Path) -> dict[str, str]:
    """The environment of build tools: the node's and the user's variables, and downloads kept for later builds."""
    downloads = root(inherited, home) / "downloads"
    return {**{name: value for name, value in inherited.items() if name not in NOT_FOR_BUILDS}, **QUIET,
            "PIP_CACHE_DIR": str(downloads / "pip"), "UV_CACHE_DIR": str(downloads / "uv")}


def find(name: str, commands: Commands) -> str | None:
    """A program of the node."""
    return shutil.which(name, path=commands.variables.get("PATH"))


def conda_tool(commands: Commands) -> str | None:
    return next(filter(None, (find(name, commands) for name in CONDA_TOOLS)), None)


@dataclass(frozen=True)
class Venv:
    """A virtual environment of ``interpreter``. Its archive is unpacked wherever the same tag is."""

    interpreter: Interpreter
    plan: Plan

    def tag(self, folder: Path) -> str:
        return self.interpreter.tag

    def build(self, entry: Entry, commands: Commands) -> None:
        """Raises RunFailed, Stopped."""
        uv = uv_for(commands)
        if uv is None and not self.interpreter.can_pip:
            raise commands.failed(f"the node has neither uv nor a pip for Python {self.interpreter.version}; "
                                  "put one of them onto the node's image")
        has_pip = self._make(entry, commands)
        lines = requirements_file(commands, "requirements.txt", self.plan.pip)
        if uv:
            commands.run([uv, "pip", "install", "--python", str(entry.python), "-r", lines], _for_uv(commands))
        elif has_pip:
            commands.run([str(entry.python), "-m", "pip", "install", "-r", lines])
        else:
            commands.run([self.interpreter.path, "-m", "pip", "--python", str(entry.python), "install", "-r", lines])

    def _make(self, entry: Entry, commands: Commands) -> bool:
        """The environment, empty but for pip; gives whether it has pip."""
        by_ensurepip = self.interpreter.has_ensurepip and not self.interpreter.pip_wheel
        bare = () if by_ensurepip else ("--without-pip",)
        commands.run([self.interpreter.path, "-m", "venv", *bare, str(entry.path)])
        if self.interpreter.pip_wheel:
            bundled_pip.put(self.interpreter.pip_wheel, entry.path, self.interpreter.version)
        return by_ensurepip or self.interpreter.pip_wheel is not None

    def pack(self, entry: Entry, target: Path) -> None:
        archive.pack(entry.path, target)

    def unpack(self, source: Path, entry: Entry, commands: Commands) -> None:
        """Raises Unusable, RunFailed, Stopped."""
        commands.run([self.interpreter.path, "-m", "venv", "--without-pip", str(entry.path)])
        archive.unpack(source, entry.path)


@dataclass(frozen=True)
class Conda:
    """An environment of conda's, which knows its path in many files: its archive is for nodes with the same path."""

    tool: str
    machine: str
    plan: Plan

    def tag(self, folder: Path) -> str:
        return f"conda-{self.machine}-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"

    def build(self, entry: Entry, commands: Commands) -> None:
        """Raises RunFailed, Stopped."""
        python = f"python={self.plan.python}" if self.plan.python else "python"
        wanted = (python, "pip", *(spec.text for spec in self.plan.conda))
        specs = requirements_file(commands, "conda-packages.txt", wanted)
        channels = [f"--channel={channel}" for channel in self.plan.channels or ("conda-forge",)]
        commands.run([self.tool, "create", "--yes", "--prefix", str(entry.path), *channels, "--file", specs])
        if any(not line.startswith("--") for line in self.plan.pip):  # Options alone install nothing.
            lines = requirements_file(commands, "requirements.txt", self.plan.pip)
            commands.run([str(entry.python), "-m", "pip", "install", "-r", lines])

    def pack(self, entry: Entry, target: Path) -> None:
        archive.pack(entry.path, target, whole=True)

    def unpack(self, source: Path, entry: Entry, commands: Commands) -> None:
        """Raises Unusable."""
        archive.unpack(source, entry.path)


def uv_for(commands: Commands) -> str | None:
    """Uv, when it is there and understands all that pip was told by variables and files."""
    told = {name for name in commands.variables if name.startswith("PIP_")}
    return None if told - {*UV_WORDS, *OURS} or _is_configured(commands.variables) else find("uv", commands)


def _is_configured(variables: Mapping[str, str]) -> bool:
    """Whether a file tells pip where to look. These are the files pip reads; the null device stands for none."""
    given = variables.get("PIP_CONFIG_FILE")
    if given is not None:
        return given != os.devnull
    home = variables.get("HOME", "")
    folders = ("/etc/xdg/pip", "/etc", f"{variables.get('XDG_CONFIG_HOME') or home + '/.config'}/pip", f"{home}/.pip",
               "/Library/Application Support/pip", f"{home}/Library/Application Support/pip")
    for folder in folders:
        with suppress(OSError):
            if PLACES.search(Path(folder, "pip.conf").read_text(errors="replace")):
                return True
    return False


def _for_uv(commands: Commands) -> Mapping[str, str]:
    """Copies, because what is shared with uv's cache is changed there too; of several indexes the best version, and
    the certificates that the node trusts, as with pip. Older releases of uv call the latter native TLS."""
    told = {word: commands.variables[name] for name, word in UV_WORDS.items() if name in commands.variables}
    return {"UV_LINK_MODE": "copy", "UV_INDEX_STRATEGY": "unsafe-best-match", "UV_NO_PROGRESS": "1",
            "UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1", **told}


def requirements_file(commands: Commands, name: str, lines: tuple[str, ...]) -> str:
    """The lines in a file: nothing a user wrote stands on a command line."""
    path = commands.folder / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(path)
