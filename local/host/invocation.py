"""Run one function once: on a thread or on the event loop, with its context, outputs and one line in the log."""

import asyncio
import contextvars
import logging
import threading
import time
import uuid
from collections.abc import Awaitable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import azure.functions as func

from local.host.app import RETURN, Binding, Function
from local.host.listening import Bell
from local.host.outputs import Outputs

log = logging.getLogger("runspoor.host")


class FunctionFailedError(Exception):
    """A function raised, ran too long, or gave an output that could not be delivered. It has been logged."""


@dataclass(frozen=True)
class Retry:
    """Which try of a retry policy this is: ``context.retry_context``."""

    retry_count: int = 0
    max_retry_count: int = 0
    exception: None = None


@dataclass(frozen=True)
class _Trace:
    trace_parent: str = ""
    trace_state: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


class InvocationContext(func.Context):
    """What a function with a parameter ``context`` is given."""

    def __init__(self, function: Function, retry: Retry, directory: str) -> None:
        self._function, self._retry, self._directory = function, retry, directory
        self._id = str(uuid.uuid4())

    @property
    def invocation_id(self) -> str:
        return self._id

    @property
    def function_name(self) -> str:
        return self._function.name

    @property
    def function_directory(self) -> str:
        return self._directory

    @property
    def thread_local_storage(self) -> type[threading.local]:
        return threading.local

    @property
    def trace_context(self) -> func._abc.TraceContext:
        return cast(func._abc.TraceContext, _Trace())

    @property
    def retry_context(self) -> func._abc.RetryContext:
        return cast(func._abc.RetryContext, self._retry)


class Out(func.Out[object]):
    """An output parameter: ``func.Out[...]``."""

    def __init__(self) -> None:
        self._value: object = None

    def set(self, val: object) -> None:
        self._value = val

    def get(self) -> object:
        return self._value


class Invoker:
    """Runs functions: ``threads`` sync ones at once, async ones on the event loop, each for ``timeout`` seconds."""

    def __init__(self, threads: int, timeout: float | None, directory: str, outputs: Outputs) -> None:
        self._pool = ThreadPoolExecutor(threads, "function")
        self._timeout = timeout
        self._directory = directory
        self._outputs = outputs
        self.wrote, self.sent = Bell(), Bell()
        """Rung when a function has run that may have written a document, or sent a message."""

    async def run(self, function: Function, argument: object, retry: Retry | None = None) -> Mapping[str, object]:
        """Run ``function`` with the value of its trigger; its outputs by binding name.

        Outputs to services are delivered before this returns. Raises FunctionFailedError.
        """
        context = InvocationContext(function, retry or Retry(), self._directory)
        started = time.perf_counter()
        try:
            produced = await self._call(function, argument, context)
            await self._outputs.deliver(function, produced)
        except asyncio.CancelledError:
            _report(logging.WARNING, function, context, started, "canceled")
            raise
        except BaseException as error:
            _report(logging.ERROR, function, context, started, "failed", error)
            raise FunctionFailedError(f"{function.name}: {type(error).__name__}: {error}") from error
        finally:
            self._ring(function)
        _report(logging.INFO, function, context, started, _outcome(function, produced))
        return produced

    def _ring(self, function: Function) -> None:
        """A message of an HTTP function is an output; other functions also send by an SDK."""
        by_http = function.trigger.type == "httpTrigger"
        if not by_http or function.trigger.fields.get("methods") != ["GET"]:
            self.wrote.ring()
        if not by_http or any(each.type == "queue" for each in function.outputs):
            self.sent.ring()

    async def _call(self, function: Function, argument: object, context: InvocationContext) -> dict[str, object]:
        outs = {each.name: Out() for each in function.outputs if each.name != RETURN}
        arguments: dict[str, object] = {function.trigger.name: argument, **outs}
        if function.wants_context:
            arguments["context"] = context
        async with asyncio.timeout(self._timeout):
            returned = await self._start(function, arguments)
        if returned is not None and not _returns(function.outputs):
            raise TypeError(f"{function.name} returned a value and has no $return binding")
        return {RETURN: returned, **{name: out.get() for name, out in outs.items()}}

    def _start(self, function: Function, arguments: dict[str, object]) -> Awaitable[object]:
        call = partial(function.call, **arguments)
        if function.is_async:
            return cast(Awaitable[object], call())
        return asyncio.get_running_loop().run_in_executor(self._pool, contextvars.copy_context().run, call)


def _returns(outputs: tuple[Binding, ...]) -> bool:
    return any(each.name == RETURN for each in outputs)


def _outcome(function: Function, produced: Mapping[str, object]) -> str:
    answers = (produced[each.name] for each in function.outputs if each.type == "http")
    return next((str(answer.status_code) for answer in answers if isinstance(answer, func.HttpResponse)), "ok")


def _report(level: int, function: Function, context: InvocationContext, started: float, outcome: str,
            error: BaseException | None = None) -> None:
    log.log(level, "%s %s %.1f ms %s", function.name, outcome, (time.perf_counter() - started) * 1000,
            context.invocation_id, exc_info=error)
