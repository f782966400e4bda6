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

# The libraries whose names Runspoor has a say in.
_ROOTS = ("azureml", "numpy", "pandas", "sklearn")


class _Waiting:
    @classmethod
    def find_spec(cls, fullname: str, path: Sequence[str] | None = None,
                  target: ModuleType | None = None) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in _ROOTS:
            return None
        try:
            from runspoor.v1 import FINDERS
        except ModuleNotFoundError:  # a Python that has no Runspoor
            return None
        finally:
            if cls in sys.meta_path:
                sys.meta_path.remove(cls)
        specs = (finder.find_spec(fullname, path, target) for finder in FINDERS)
        return next((spec for spec in specs if spec is not None), None)


def _next_sitecustomize() -> None:
    """The module of this name that would have been found without this folder."""
    here = os.path.dirname(os.path.abspath(__file__))
    others = [path for path in sys.path if os.path.abspath(path or os.curdir) != here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


sys.meta_path.insert(0, _Waiting)
_next_sitecustomize()
