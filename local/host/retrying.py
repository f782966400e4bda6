"""Run a function again while its retry policy says so."""

import asyncio

from local.host.app import Function
from local.host.invocation import FunctionFailedError, Invoker, Retry
from local.host.listening import pause


async def run_with_retries(invoker: Invoker, function: Function, argument: object, stop: asyncio.Event) -> None:
    """Run ``function`` until it succeeds. Raises FunctionFailedError when its policy ends, or when told to stop."""
    policy = function.retry
    retries = 0
    while True:
        try:
            await invoker.run(function, argument, Retry(retries, policy.max_retry_count if policy else 0))
            return
        except FunctionFailedError:
            wait = policy.pause(retries) if policy else None
            if wait is None:
                raise
            await pause(stop, wait)
            if stop.is_set():
                raise
        retries += 1
