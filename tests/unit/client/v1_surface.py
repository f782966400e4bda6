"""The names of Azure ML SDK v1 as data, and what Runspoor has in their places.

To be loaded in a process of its own: it makes ``import azureml`` mean Runspoor.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from runspoor.sdk.mount_context import MountContext
from runspoor.sdk.not_offered import NOT_OFFERED
from runspoor.v1.names import OFFERED

SURFACE: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("azureml_v1_surface.json").read_text(encoding="utf-8"))
"""v1 name -> kind, init, methods (own ones: signature and binding), settable (properties), constants, members..."""
MISSING = object()
GIVEN: dict[str, type] = {"azureml.data.FileDataset.mount": MountContext}
"""What a method of v1 gives: an object without a name of its own, the signatures of whose methods have no ``self``."""


@dataclass(frozen=True)
class Member:
    """A name of v1: ``owner`` is a class or a module, ``name`` is empty for the class itself."""

    owner: str
    name: str
    signature: str | None = None
    binding: str | None = None
    value: object = MISSING

    @property
    def full(self) -> str:
        return f"{self.owner}.{self.name}" if self.name else self.owner


def members(owner: str) -> Iterator[Member]:
    """All names of one entry of the surface, those of its bases excepted."""
    entry = SURFACE[owner]
    if entry["kind"] in ("class", "enum"):
        yield Member(owner, "", entry.get("init"))
    for name, method in entry.get("methods", {}).items():
        yield Member(owner, name, method["signature"], method.get("binding"))
    for name in dict.fromkeys([*entry.get("settable", ()), *entry.get("attributes", ()), *entry.get("exports", ())]):
        yield Member(owner, name)
    for name, value in {**entry.get("constants", {}), **entry.get("members", {})}.items():
        yield Member(owner, name, value=value)


def way_out(member: Member) -> str | None:
    """What the table of names that are not offered says about a name, what it belongs to, or a base of that."""
    name = member.full
    while name:
        if name in NOT_OFFERED:
            return NOT_OFFERED[name]
        name = name.rpartition(".")[0]
    bases = SURFACE.get(member.owner, {}).get("bases", ())
    found = (way_out(Member(base, member.name)) for base in bases if member.name)
    return next((way for way in found if way), None)


def ours(owner: str) -> object:
    """The class or module that stands for ``owner``; None when there is none."""
    if owner in GIVEN:
        return GIVEN[owner]
    if owner in OFFERED:
        return import_module(owner)
    module, _, name = owner.rpartition(".")
    return getattr(import_module(module), name) if name in OFFERED.get(module, {}) else None


def found(member: Member) -> object:
    """What Runspoor has for a name, as it stands in the class; MISSING when it has nothing."""
    home = ours(member.owner)
    if home is None or not member.name:
        return MISSING if home is None else home
    if inspect.ismodule(home):
        return getattr(home, member.name) if member.name in dir(home) else MISSING
    static = inspect.getattr_static(home, member.name, MISSING)
    if static is MISSING and inspect.isclass(home) and member.name in _instance_attributes(member.owner):
        return None
    return static


@cache
def _instance_attributes(owner: str) -> set[str]:
    """What the methods of a class assign to ``self``, and the fields of a dataclass."""
    kind = ours(owner)
    names = set(getattr(kind, "__dataclass_fields__", ()))
    for each in getattr(kind, "__mro__", ()):
        if each.__module__.startswith("runspoor."):
            names |= set(getattr(each, "__annotations__", ()))
            tree = ast.parse(textwrap.dedent(inspect.getsource(each)))
            names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)
                      and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name)
                      and node.value.id == "self"}
    return names


Parameter = tuple[str, str, "str | None"]


def wanted_parameters(signature: str) -> list[Parameter]:
    """(name, kind, default) of each parameter of a signature as text."""
    tree = ast.parse(f"def f{signature}: pass").body[0]
    assert isinstance(tree, ast.FunctionDef)
    given = tree.args
    free = [*given.posonlyargs, *given.args]
    defaults: list[ast.expr | None] = [*[None] * (len(free) - len(given.defaults)), *given.defaults]
    result = [(each.arg, "either", _text(default)) for each, default in zip(free, defaults, strict=True)]
    result += [(each.arg, "*", None) for each in [given.vararg] if each]
    result += [(each.arg, "keyword", _text(default))
               for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    return result + [(each.arg, "**", None) for each in [given.kwarg] if each]


def _text(default: ast.expr | None) -> str | None:
    return None if default is None else ast.unparse(default)


_KINDS = {inspect.Parameter.POSITIONAL_ONLY: "either", inspect.Parameter.POSITIONAL_OR_KEYWORD: "either",
          inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.KEYWORD_ONLY: "keyword",
          inspect.Parameter.VAR_KEYWORD: "**"}


def own_parameters(function: Any) -> list[Parameter]:
    """The same of what Runspoor has; an enum's member as default is written ``Class.MEMBER``."""
    result = []
    for each in inspect.signature(function).parameters.values():
        default = None if each.default is each.empty else re.sub(r"<(\w+\.\w+): .*>", r"\1", repr(each.default))
        result.append((each.name, _KINDS[each.kind], default))
    return result


def difference(member: Member) -> str | None:
    """How the signature, the binding or the value of an offered name differs; None when it does not."""
    have = found(member)
    if member.value is not MISSING:
        value = getattr(have, "value", have)
        return None if value == member.value else f"is {value!r}, in v1 {member.value!r}"
    if member.signature is None:
        return None
    if not member.name:
        assert callable(have)
        return _parameters_differ(wanted_parameters(member.signature)[1:], own_parameters(have))
    binding = {staticmethod: "static", classmethod: "class"}.get(type(have))
    function = inspect.unwrap(getattr(have, "__func__", have))  # type: ignore[arg-type]  # whatever is in its place
    if not inspect.isfunction(function):
        return f"is no function but {have!r}"
    if binding != member.binding:
        return f"is bound as {binding}, in v1 as {member.binding}"
    return _parameters_differ(wanted_parameters(member.signature), own_parameters(function)[member.owner in GIVEN:])


def _parameters_differ(wanted: list[Parameter], have: list[Parameter]) -> str | None:
    """Parameters with a leading underscore are internal: they count only where both have them."""
    names = {each[0] for each in wanted} & {each[0] for each in have}
    left, right = ([each for each in side if each[0] in names or not each[0].startswith("_")]
                   for side in (wanted, have))
    return None if left == right else f"has {_shown(right)}, in v1 {_shown(left)}"


def _shown(parameters: list[Parameter]) -> str:
    return "(" + ", ".join(f"{'*' if kind == '*' else '**' if kind == '**' else ''}{name}"
                           f"{'' if default is None else '=' + default}{' [keyword]' if kind == 'keyword' else ''}"
                           for name, kind, default in parameters) + ")"
