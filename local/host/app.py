"""Load a function app as the Python worker does, and index its functions."""

import importlib
import inspect
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from azure.functions.decorators.function_app import Function as DeclaredFunction
from azure.functions.decorators.function_app import FunctionRegister

from local.host import annotations, retry
from local.host.retry import RetryPolicy
from local.host.settings import ConfigurationError, Settings

ENTRY = "function_app"
RETURN = "$return"
_CONTEXT = "context"
TRIGGERS = ("httpTrigger", "queueTrigger", "blobTrigger", "cosmosDBTrigger", "timerTrigger")
OUTPUTS = ("http", "queue", "cosmosDB")


@dataclass(frozen=True)
class Binding:
    """A trigger or an output: its ``type``, the parameter it belongs to (or ``$return``), and its other fields."""

    type: str
    name: str
    direction: str
    fields: Mapping[str, object]

    def text(self, field: str, default: str = "") -> str:
        """A field of the binding as text."""
        value = self.fields.get(field)
        return default if value is None else str(value)


@dataclass(frozen=True)
class Function:
    """An indexed function."""

    name: str
    call: Callable[..., object]
    trigger: Binding
    outputs: tuple[Binding, ...]
    retry: RetryPolicy | None
    wants_context: bool

    @property
    def is_async(self) -> bool:
        """Whether the function runs on the event loop and not on a thread."""
        return inspect.iscoroutinefunction(self.call)


def load(directory: Path, settings: Settings) -> list[Function]:
    """The functions of the app in ``directory``. Raises ConfigurationError when they cannot be indexed.

    The worker's rules: the entry file must exist, the module is imported by name, and exactly one name in it holds a
    FunctionApp. An app without functions is an error here; in Azure it deploys "successfully" and does nothing.
    """
    if not (directory / f"{ENTRY}.py").exists():
        raise ConfigurationError(f"{directory} holds no {ENTRY}.py: it is not the root of a function app")
    sys.path.insert(0, str(directory))
    module = importlib.import_module(ENTRY)
    apps = [value for value in vars(module).values() if isinstance(value, FunctionRegister)]
    if len(apps) != 1:
        raise ConfigurationError(f"{ENTRY} must hold exactly one FunctionApp under one name, and holds {len(apps)}")
    try:
        declared = apps[0].get_functions()
    except ValueError as error:
        raise ConfigurationError(str(error)) from error
    if not declared:
        raise ConfigurationError(f"{ENTRY} has no functions; register its blueprints")
    return _unique([index(function, settings) for function in declared])


def _unique(functions: list[Function]) -> list[Function]:
    names = [function.name.lower() for function in functions]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigurationError(f"two functions have the name {', '.join(twice)}; names differ by more than case")
    return functions


def index(declared: DeclaredFunction, settings: Settings) -> Function:
    """What the host needs to know of one declared function. Raises ConfigurationError when it cannot be run."""
    name = str(declared.get_function_name())
    try:
        bindings = [_binding(json.loads(text), settings) for text in declared.get_raw_bindings()]
        call = declared.get_user_function()
        parameters = inspect.signature(call).parameters
        _check(bindings, parameters)
        trigger = next(each for each in bindings if each.type in TRIGGERS)
        outputs = tuple(each for each in bindings if each.type not in TRIGGERS)
        annotations.check(call, (trigger.name, trigger.type), {each.name: each.type for each in outputs}, RETURN)
        return Function(
            name=name, call=call, trigger=trigger, outputs=outputs,
            retry=retry.parse(declared.get_settings_dict("retry_policy")),
            wants_context=_CONTEXT in parameters and all(each.name != _CONTEXT for each in bindings),
        )
    except ConfigurationError as error:
        raise ConfigurationError(f"function {name}: {error}") from error


def _binding(fields: Mapping[str, object], settings: Settings) -> Binding:
    values = {key: settings.expand(value) if isinstance(value, str) else value for key, value in fields.items()}
    return Binding(str(values["type"]), str(values["name"]), str(values["direction"]).lower(), values)


def _check(bindings: list[Binding], parameters: Iterable[str]) -> None:
    """Parameters and bindings must name each other, as the worker demands."""
    for binding in bindings:
        if binding.type not in TRIGGERS and (binding.type not in OUTPUTS or binding.direction != "out"):
            raise ConfigurationError(f"the {binding.direction} binding {binding.type} is not known to the local host")
    bound = {binding.name for binding in bindings} - {RETURN}
    wanted = set(parameters) - ({_CONTEXT} - bound)
    if lost := sorted(wanted - bound):
        raise ConfigurationError(f"no binding gives a value to the parameters {', '.join(lost)}")
    if unused := sorted(bound - wanted):
        raise ConfigurationError(f"the bindings {', '.join(unused)} have no parameter of that name")
