"""Which Python an environment is made of."""

from __future__ import annotations

import json
import logging
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from runner.environment.commands import Commands
from runner.errors import RunFailed

log = logging.getLogger(__name__)
# The package ``runspoor``, which every script may import, needs this one.
OLDEST = (3, 9)
PROBE_SECONDS = 30
PROBE = """
import glob, importlib.util, json, os, platform, sys, sysconfig
ensurepip = importlib.util.find_spec("ensurepip")
folders = [sysconfig.get_config_var("WHEEL_PKG_DIR"), ensurepip and os.path.dirname(ensurepip.origin) + "/_bundled"]
wheels = [wheel for folder in folders if folder for wheel in sorted(glob.glob(folder + "/pip-*.whl"))]
print(json.dumps({
    "path": sys.executable, "version": platform.python_version(),
    "abi": sysconfig.get_config_var("SOABI") or sys.implementation.cache_tag, "machine": platform.machine(),
    "libc": "".join(platform.libc_ver()) or platform.mac_ver()[0],
    "ensurepip": ensurepip is not None, "wheel": wheels[-1] if wheels else None,
    "pip": importlib.util.find_spec("pip") is not None}))
"""


@dataclass(frozen=True)
class Interpreter:
    """``tag`` names everything an installed package may depend on; ``is_asked`` is whether its version was wanted.

    ``pip_wheel``: the path of the wheel of pip that came with it.
    """

    path: str
    version: str
    tag: str
    has_ensurepip: bool
    has_pip: bool
    pip_wheel: str | None
    is_asked: bool = True

    @property
    def can_pip(self) -> bool:
        """Whether an environment of it can be filled by pip."""
        return self.has_ensurepip or self.has_pip or self.pip_wheel is not None


def choose(wanted: str | None, commands: Commands, downloads: Path) -> Interpreter:
    """The node's own Python when it will do, else one on PATH, else one that uv has or gets; else its own after all."""
    own = probe(sys.executable)
    if own is None:
        raise RunFailed("EnvironmentFailed", f"The node's Python, {sys.executable}, does not work.")
    if wanted is None or _fits(own, wanted):
        return own
    why = "the node has no such Python"
    if _numbers(wanted) >= OLDEST[:len(_numbers(wanted))]:
        found = _on_path(wanted, commands) or _from_uv(wanted, commands, downloads)
        if found:
            return found
    else:
        why = f"Runspoor needs Python {'.'.join(map(str, OLDEST))} or later in a script"
    commands.log.say(f"Python {own.version} of the node takes the place of Python {wanted}: {why}")
    return replace(own, is_asked=False)


def probe(path: str) -> Interpreter | None:
    """What a Python says of itself; None when it does not work."""
    try:
        answer = subprocess.run([path, "-I", "-c", PROBE], stdin=subprocess.DEVNULL, capture_output=True,
                                timeout=PROBE_SECONDS, check=True)
        facts = json.loads(answer.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        log.info("%s is no Python that works: %s", path, error)
        return None
    machine = "" if facts["machine"] in facts["abi"] else f"-{facts['machine']}"
    tag = re.sub(r"[^A-Za-z0-9._-]", "_", f"{facts['abi']}{machine}-{facts['libc']}")
    return Interpreter(facts["path"], facts["version"], tag, facts["ensurepip"], facts["pip"], facts["wheel"])


def _on_path(wanted: str, commands: Commands) -> Interpreter | None:
    name = "python" + ".".join(wanted.split(".")[:2])
    path = shutil.which(name, path=commands.variables.get("PATH"))
    found = probe(path) if path else None
    return found if found and _fits(found, wanted) else None


def _from_uv(wanted: str, commands: Commands, downloads: Path) -> Interpreter | None:
    """A Python that uv knows of, or downloads to where all runs of the node find it."""
    uv = shutil.which("uv", path=commands.variables.get("PATH"))
    if uv is None:
        return None
    minor = ".".join(wanted.split(".")[:2])
    there = {"UV_PYTHON_INSTALL_DIR": str(downloads)}
    for install in (False, True):
        if install and commands.code([uv, "python", "install", minor], there):
            break
        began = commands.log.position()
        if not commands.code([uv, "python", "find", "--no-project", minor], there):
            path = commands.log.since(began).splitlines()[-1].strip()
            found = probe(path)
            if found and _fits(found, wanted):
                return found
    return None


def _fits(found: Interpreter, wanted: str) -> bool:
    """Whether major and minor version are those wanted: packages are made for these."""
    numbers = _numbers(wanted)
    return _numbers(found.version)[:len(numbers)] == numbers


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])
