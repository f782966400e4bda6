"""Which commit a source folder is: the properties that Azure ML gives its runs."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

__all__ = ["properties", "scrubbed"]

OVERRIDE = "AZUREML_GIT_"
NAMES: Mapping[str, tuple[str, ...]] = {
    "REPOSITORY_URI": ("azureml.git.repository_uri", "mlflow.source.git.repoURL"),
    "BRANCH": ("azureml.git.branch", "mlflow.source.git.branch"),
    "COMMIT": ("azureml.git.commit", "mlflow.source.git.commit"),
    "DIRTY": ("azureml.git.dirty",),
    "BUILD_ID": ("azureml.git.build_id",),
    "BUILD_URI": ("azureml.git.build_uri",),
}
"""What is known, by the end of the variable that overrides it, and the properties that say it."""
WITH_SECRETS = ("REPOSITORY_URI", "BUILD_URI")
SECONDS = 10
STATUS = ("--no-optional-locks", "status", "--porcelain=v2", "--branch", "--", ".")
REMOTE = ("ls-remote", "--get-url")
NO_REMOTE = "origin"
"""What git says when there is none."""
SCHEME = re.compile(r"^[A-Za-z][\w+.:-]*://")
PLAIN_HOST = re.compile(r"^([\w.-]*|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?$")


def properties(folder: str | os.PathLike[str]) -> dict[str, str]:
    """The properties of a folder in a repository; what is unknown is left out, and without git all is.

    A value in ``AZUREML_GIT_REPOSITORY_URI``, ``_BRANCH``, ``_COMMIT``, ``_DIRTY``, ``_BUILD_ID``, ``_BUILD_URI`` wins.
    """
    known = _known(Path(folder))
    known.update({name: os.environ[OVERRIDE + name] for name in NAMES if os.environ.get(OVERRIDE + name)})
    known.update({name: scrubbed(known[name]) for name in WITH_SECRETS if name in known})
    return {title: value for name, value in known.items() for title in NAMES[name]}


def _known(folder: Path) -> dict[str, str]:
    status = _git(folder, STATUS)
    if status is None:
        return {}
    lines = status.splitlines()
    said = dict(line[len("# branch."):].split(" ", 1) for line in lines if line.startswith("# branch."))
    remote = (_git(folder, REMOTE) or "").strip()
    known = {
        "REPOSITORY_URI": "" if remote == NO_REMOTE else remote,
        "BRANCH": "" if said["head"] == "(detached)" else said["head"],
        "COMMIT": "" if said["oid"] == "(initial)" else said["oid"],
        "DIRTY": str(any(not line.startswith("#") for line in lines)),
    }
    return {name: value for name, value in known.items() if value}


def _git(folder: Path, arguments: tuple[str, ...]) -> str | None:
    """What git says; None when it is not installed, the folder is in no repository, or it takes too long."""
    variables = {**os.environ, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, env=variables, stdin=subprocess.DEVNULL, timeout=SECONDS,
                              capture_output=True, text=True, encoding="utf-8", errors="replace", check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def scrubbed(address: str) -> str:
    """An address of a repository without user, password, query and fragment: each may be a secret.

    The user of ``git@host:path`` stays, as it is none.
    """
    scheme = SCHEME.match(address)
    if scheme is None:
        user, _, rest = address.rpartition("@")
        return rest if ":" in user else address
    if scheme.group() == "file://":
        return address
    rest = address[scheme.end():]
    if PLAIN_HOST.match(re.split(r"[/?#]", rest)[0].rpartition("@")[2]):
        rest = _plain(rest)
    # Else a / ? or # is part of a password. Nothing before the last @ is sure to be none.
    return scheme.group() + _plain(rest.rpartition("@")[2])


def _plain(address: str) -> str:
    return re.split(r"[?#]", address)[0]
