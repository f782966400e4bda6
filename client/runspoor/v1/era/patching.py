"""Giving a freshly imported module back what its release removed."""

from __future__ import annotations

import functools
import inspect
import pkgutil
import warnings
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any, Callable

from runspoor.v1.era.multiclass import fit_one_versus_rest
from runspoor.v1.era.notice import say_once
from runspoor.v1.era.removed import ATTRIBUTES, METHODS, PARAMETERS, VALUES, Parameter


def patch(module: ModuleType) -> None:
    """All of it; nothing of what the installed release still has. Harmless when repeated."""
    name = module.__name__
    if name in ATTRIBUTES:
        _attributes(module, ATTRIBUTES[name])
    for dotted, target in METHODS.get(name, {}).items():
        _method(module, dotted, target)
    for owner, gone in PARAMETERS.get(name, {}).items():
        _arguments(module, owner, functools.partial(_without, gone))
    for owner, renamed in VALUES.get(name, {}).items():
        _arguments(module, owner, functools.partial(_revalued, renamed))
    if name == "sklearn.linear_model":
        fit_one_versus_rest(module.LogisticRegression)


def _advice(target: str) -> str:
    if not target.startswith(__package__):
        return f"write {target.replace('builtins:', '').replace(':', '.')}"
    meant = pkgutil.resolve_name(target)
    return f"write {meant.__doc__.partition(chr(10))[0] if callable(meant) else repr(meant)}"


def _attributes(module: ModuleType, removed: Mapping[str, str]) -> None:
    before = getattr(module, "__getattr__", None)
    if getattr(before, "of_the_era", False):
        return

    def __getattr__(name: str) -> object:  # noqa: N807  # how a module answers for what it has not
        try:
            if before is None:
                raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
            with warnings.catch_warnings():
                if name in removed:  # numpy warns of what it is about to refuse
                    warnings.simplefilter("ignore")
                return before(name)
        except AttributeError:
            if name not in removed:
                raise
        value: object = pkgutil.resolve_name(removed[name])
        say_once(f"{module.__name__}.{name}", _advice(removed[name]))
        setattr(module, name, value)
        return value

    vars(__getattr__)["of_the_era"] = True
    vars(module)["__getattr__"] = __getattr__


def _method(module: ModuleType, dotted: str, target: str) -> None:
    owner, _, name = dotted.partition(".")
    kind = getattr(module, owner, None)
    if kind is None or hasattr(kind, name):
        return
    meant = pkgutil.resolve_name(target)

    @functools.wraps(meant)
    def method(self: object, *arguments: object, **options: object) -> object:
        say_once(f"{module.__name__}.{dotted}()", _advice(target))
        return meant(self, *arguments, **options)

    setattr(kind, name, method)


_Change = Callable[[str, frozenset[str], dict[str, Any]], dict[str, Any]]


def _arguments(module: ModuleType, owner: str, change: _Change) -> None:
    """Let ``change`` see the keyword arguments of a class or function before it does."""
    meant = getattr(module, owner, None)
    if not inspect.isclass(meant):
        return
    inner = meant.__init__
    known = frozenset(inspect.signature(inner).parameters)

    # Wrapped, so that the parameters scikit-learn reads from the signature stay those of the class.
    @functools.wraps(inner)
    def init(self: object, *arguments: object, **options: Any) -> None:
        inner(self, *arguments, **change(f"{module.__name__}.{owner}", known, options))

    setattr(meant, "__init__", init)  # noqa: B010  # mypy forbids the plain form


def _without(gone: Sequence[Parameter], owner: str, known: frozenset[str], options: dict[str, Any]) -> dict[str, Any]:
    result = dict(options)
    for each in gone:
        if each.old in known or each.old not in result:
            continue
        if each.values is not None and result[each.old] not in each.values:
            continue
        value = result.pop(each.old)
        if each.new:
            result.setdefault(each.new, value)
        advice = each.advice or {None: f"write {each.new}=" if each.new else "leave it out"}
        # Only what fits a line; other values are estimators and the like.
        shown = repr(value) if isinstance(value, (str, bool, int)) else "..."
        say_once(f"{owner}({each.old}={shown})", advice.get(value) or advice[None])
    return result


def _revalued(renamed: Mapping[str, Mapping[str, object]], owner: str, known: frozenset[str],
              options: dict[str, Any]) -> dict[str, Any]:
    result = dict(options)
    for name, values in renamed.items():
        old = result.get(name)
        if isinstance(old, str) and old in values:
            result[name] = values[old]
            say_once(f"{owner}({name}={old!r})", f"write {name}={values[old]!r}")
    return result
