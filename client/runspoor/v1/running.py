"""Running a script or a module as Python itself would, with v1's names."""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Callable

SITE = Path(__file__).parent / "site"
"""A folder for PYTHONPATH: its ``sitecustomize`` gives every Python process v1's names, once they are needed."""


def run_path(script: str, arguments: Sequence[str] = ()) -> None:
    """Run the file ``script`` as ``__main__``. Whatever it raises comes out, SystemExit too."""
    _prepare([script, *arguments], str(Path(script).resolve().parent))
    runpy.run_path(script, run_name="__main__")


def run_module(module: str, arguments: Sequence[str] = ()) -> None:
    """Run ``module`` as ``python -m`` does."""
    _prepare([module, *arguments], os.getcwd())
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _prepare(argv: list[str], folder: str) -> None:
    """The command line and the first import folder of the script; and the names for Python processes it starts."""
    sys.argv[:] = argv
    if sys.path and not getattr(sys.flags, "safe_path", False):
        sys.path[0] = folder
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path != str(SITE)]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(SITE), *paths])


def as_python_shows(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """For ``sys.excepthook``: the traceback begins in the script, as it does when Python itself runs it."""
    error.__traceback__ = _of_the_script(traceback)
    sys.__excepthook__(kind, error, error.__traceback__)


def _of_the_script(traceback: TracebackType | None) -> TracebackType | None:
    """What follows this module and runpy; None when the script did not begin, all of it when it was not run here."""
    each = _after(traceback, lambda module: module != __name__)
    return _after(each.tb_next, lambda module: module == "runpy") if each else traceback


def _after(traceback: TracebackType | None, is_passed: Callable[[object], bool]) -> TracebackType | None:
    while traceback and is_passed(traceback.tb_frame.f_globals.get("__name__")):
        traceback = traceback.tb_next
    return traceback
