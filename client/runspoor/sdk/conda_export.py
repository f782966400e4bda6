"""Conda environments of this machine."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

from runspoor.sdk import yaml_text
from runspoor.sdk.exceptions import UserErrorException

PROGRAMS = ("conda", "mamba", "micromamba")


def exported(conda_environment: str) -> dict[str, Any]:
    """The specification of a conda environment, by its name. Raises UserErrorException."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise UserErrorException(f"None of {', '.join(PROGRAMS)} is on this machine's PATH, so a conda environment "
                                 "cannot be read: use from_conda_specification with a file.")
    done = subprocess.run([program, "env", "export", "--no-builds", "--name", conda_environment],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserErrorException(f"The conda environment {conda_environment!r} could not be exported: "
                                 f"{done.stderr.strip()[-500:]}")
    return yaml_text.parsed(done.stdout, f"What {program} says of {conda_environment!r}")
