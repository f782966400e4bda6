"""Check the annotations of a function against its bindings, as the worker does before it loads the function in Azure.

The worker's converters decide (``azure.functions.meta``), so a function that this host takes is one that Azure takes.
The host is narrower in one thing: a queue parameter annotated ``str`` or ``bytes`` is refused.
"""

import inspect
import types
from collections.abc import Callable
from typing import Protocol, cast, get_args, get_origin, get_type_hints

import azure.functions as func

from local.host.settings import ConfigurationError


class _Converter(Protocol):
    def check_input_type_annotation(self, pytype: object) -> bool: ...
    def check_output_type_annotation(self, pytype: object) -> bool: ...


class _Registry(Protocol):
    def get(self, binding_name: str) -> _Converter: ...


_registry = cast(Callable[[], _Registry], func.get_binding_registry)


def check(call: Callable[..., object], trigger: tuple[str, str], outputs: dict[str, str], returned: str) -> None:
    """Check ``call`` against its trigger (parameter, type) and outputs (type by parameter, ``returned`` among them).

    Raises ConfigurationError naming the annotation that does not fit.
    """
    try:
        hints = get_type_hints(call)
    except NameError as error:
        raise ConfigurationError(f"an annotation cannot be resolved: {error}") from error
    name, kind = trigger
    if name in hints and not _fits(_registry().get(kind).check_input_type_annotation, hints[name]):
        raise ConfigurationError(f"{name}: {_named(hints[name])} is not a type that {kind} gives")
    for parameter, output in outputs.items():
        hint = hints.get("return" if parameter == returned else parameter, inspect.Parameter.empty)
        if parameter != returned and hint is not inspect.Parameter.empty:
            hint = get_args(hint)[0] if get_origin(hint) is func.Out else None
        accepts = _registry().get(output).check_output_type_annotation
        if hint is not inspect.Parameter.empty and not _fits(accepts, hint):
            raise ConfigurationError(f"{parameter}: its annotation is not one that {output} takes")


def _fits(accepts: Callable[[object], bool], hint: object) -> bool:
    """Whether the worker's converter takes the annotation; it knows classes and ``List[...]``, not ``list[...]``."""
    known = isinstance(hint, type) or (get_origin(hint) is not None and not isinstance(hint, types.GenericAlias))
    return known and accepts(hint)


def _named(hint: object) -> str:
    return getattr(hint, "__name__", str(hint))
