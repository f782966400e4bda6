"""Found by every Python process whose PYTHONPATH has this folder: v1's names, once one of them is imported.

Starting Python costs no more than this file: the package is loaded when the first watched library is asked for.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys

TYPE_CHECKING = False  # typing itself would cost every start of Python its import
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

_HERE = os.path.dirname(os.path.abspath(__file__))
# The libraries whose names Runspoor has a say in.
_ROOTS = ("azureml", "numpy", "pandas", "sklearn")


class _Waiting:
    @classmethod
    def find_spec(cls, fullname: str, path: Sequence[str] | None = None,
                  target: ModuleType | None = None) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in _ROOTS:
            return None
        if "runspoor.v1" in sys.modules:  # its own finders answer; another copy of this file has loaded it
            return None
        _provide_runspoor()
        from runspoor.v1 import FINDERS

        if cls in sys.meta_path:
            sys.meta_path.remove(cls)
        specs = (finder.find_spec(fullname, path, target) for finder in FINDERS)
        return next((spec for spec in specs if spec is not None), None)


def _provide_runspoor() -> None:
    """Load the package this file is a part of where the process has none, without opening its folder to imports."""
    if "runspoor" in sys.modules or importlib.util.find_spec("runspoor"):
        return
    package = os.path.dirname(os.path.dirname(_HERE))
    spec = importlib.util.spec_from_file_location(
        "runspoor", os.path.join(package, "__init__.py"), submodule_search_locations=[package])
    if spec is not None and spec.loader is not None:
        sys.modules["runspoor"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["runspoor"])


def _next_sitecustomize() -> None:
    """The module of this name that would have been found without this folder."""
    paths = [os.path.abspath(path or os.curdir) for path in sys.path]
    behind = sys.path[paths.index(_HERE) + 1:] if _HERE in paths else []
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", behind)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


sys.meta_path.insert(0, _Waiting)
_next_sitecustomize()
