"""Names of the time of Azure ML SDK v1 that numpy, pandas and scikit-learn have removed since.

Nothing happens before a script imports one of these libraries, and nothing to what its release still has.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from runspoor.v1.era.notice import say_once
from runspoor.v1.era.removed import ATTRIBUTES, METHODS, MODULES, PARAMETERS, VALUES

WATCHED = frozenset({*ATTRIBUTES, *METHODS, *PARAMETERS, *VALUES})
_ROOTS = frozenset(name.partition(".")[0] for name in (*WATCHED, *MODULES))


class EraFinder(MetaPathFinder):
    """Patches the watched modules once they are loaded, and finds removed modules under their old names."""

    def find_spec(self, fullname: str, path: Sequence[str] | None = None,
                  target: ModuleType | None = None) -> ModuleSpec | None:
        """What the other finders find, with a loader that patches; else the successor of a removed module."""
        if fullname.partition(".")[0] not in _ROOTS:
            return None
        successor = _successor(fullname)
        if fullname not in WATCHED and successor is None:
            return None
        # Below a module that is itself a successor, the search path would lead to a second copy of the file.
        parent = fullname.rpartition(".")[0]
        copied = parent in sys.modules and sys.modules[parent].__name__ != parent
        spec = None if copied else self._elsewhere(fullname, path, target)
        if spec is None:
            return ModuleSpec(fullname, _SuccessorLoader(successor)) if successor else None
        if fullname in WATCHED and spec.loader is not None:
            spec.loader = _PatchingLoader(spec.loader)
        return spec

    def _elsewhere(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        others = (finder for finder in sys.meta_path if finder is not self and hasattr(finder, "find_spec"))
        return next((spec for spec in (each.find_spec(fullname, path, target) for each in others) if spec), None)


def patch_loaded() -> None:
    """Patch what was imported before the finder was there."""
    for module in _loaded():
        _patch(module)


def _loaded() -> Iterator[ModuleType]:
    return (sys.modules[name] for name in sorted(WATCHED) if name in sys.modules)


def _patch(module: ModuleType) -> None:
    from runspoor.v1.era.patching import patch  # costs time that scripts without these libraries need not spend

    patch(module)


def _successor(fullname: str) -> str | None:
    for old, new in MODULES.items():
        if fullname == old or fullname.startswith(old + "."):
            return new + fullname[len(old):]
    return None


class _PatchingLoader(Loader):
    def __init__(self, real: Loader) -> None:
        self._real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._real.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # Whoever asks the module for its loader (resources, tracebacks) gets the real one.
        module.__loader__ = self._real
        if module.__spec__ is not None:
            module.__spec__.loader = self._real
        self._real.exec_module(module)
        _patch(module)


class _SuccessorLoader(Loader):
    """Makes the old name mean the very module of the new name."""

    def __init__(self, successor: str) -> None:
        self._successor = successor
        self._spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(self._successor)
        self._spec = module.__spec__
        say_once(f"the module {spec.name}", f"import {self._successor}")
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec
