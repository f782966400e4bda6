"""``import azureml...`` answered by Runspoor: a finder that makes v1's modules from the table of names, lazily."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pkgutil import resolve_name
from types import ModuleType

from runspoor.sdk.exceptions import NotOffered
from runspoor.sdk.not_offered import NOT_OFFERED
from runspoor.sdk.surface import refusal
from runspoor.v1.names import OFFERED, V1_VERSION, children
from runspoor.v1.placeholder import placeholder

ROOT = "azureml"
_CONSTANTS = {"__version__": V1_VERSION, "VERSION": V1_VERSION}


class ModuleNotOffered(NotOffered, ModuleNotFoundError):
    """A module of v1 that Runspoor has not; ``except ImportError`` catches it too."""

    def __init__(self, feature: str, way: str, **kwargs: object) -> None:
        super().__init__(feature, way, **kwargs)
        self.name, self.msg = feature, self.message


class NamesFinder(MetaPathFinder):
    """Finds ``azureml`` and everything below it, before any installed package of that name."""

    def find_spec(self, fullname: str, path: Sequence[str] | None = None,
                  target: ModuleType | None = None) -> ModuleSpec | None:
        """Raises ModuleNotOffered for modules that Runspoor has not."""
        if fullname != ROOT and not fullname.startswith(ROOT + "."):
            return None
        if fullname not in OFFERED:
            _refuse(fullname)
            return None
        return ModuleSpec(fullname, _NamesLoader(), is_package=bool(children(fullname)))


class _NamesLoader(Loader):
    def create_module(self, spec: ModuleSpec) -> None:
        """An ordinary module will do."""

    def exec_module(self, module: ModuleType) -> None:
        names = OFFERED[module.__name__]
        module.__doc__ = f"The names of {module.__name__} in Azure ML SDK v1, implemented by Runspoor."
        vars(module).update(_CONSTANTS, __all__=sorted(names),
                            __dir__=lambda: sorted({*names, *_CONSTANTS, *children(module.__name__)}),
                            __getattr__=lambda name: _member(module, name))


def _member(module: ModuleType, name: str) -> object:
    """A name on first use: for those of v1 we have not a placeholder. AttributeError for all others."""
    v1_name = f"{module.__name__}.{name}"
    place = OFFERED[module.__name__].get(name)
    if place:
        value: object = resolve_name(place)
    elif v1_name in OFFERED:
        value = import_module(v1_name)
    else:
        refused = refusal(v1_name)
        if refused is None:
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        value = placeholder(module.__name__, name, refused)
    vars(module)[name] = value
    return value


def _refuse(module: str) -> None:
    """Raises ModuleNotOffered when the table has the module or one above it; all else no release of v1 has either."""
    name = module
    while name not in NOT_OFFERED:
        name = name.rpartition(".")[0]
        if name in OFFERED:
            return
    raise ModuleNotOffered(f"The module {module}", NOT_OFFERED[name])


def refuse_a_mixture() -> None:
    """Raises ImportError when modules of the real azureml packages are loaded: two kinds of Run fit no script."""
    for name, module in list(sys.modules.items()):
        if name.startswith(ROOT + ".") and not isinstance(getattr(module, "__loader__", None), _NamesLoader):
            raise ImportError(
                f"{name} is already imported from {getattr(module, '__file__', None) or 'an installed package'}: put "
                "`import runspoor.v1` before the first import of azureml, or start the process anew.", name=name)
    # Packages that share the name leave an empty shell of it when Python starts.
    if not isinstance(getattr(sys.modules.get(ROOT), "__loader__", None), _NamesLoader):
        sys.modules.pop(ROOT, None)
