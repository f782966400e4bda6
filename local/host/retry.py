"""Retry policies of functions. https://learn.microsoft.com/azure/azure-functions/functions-bindings-error-pages"""

from collections.abc import Mapping
from dataclasses import dataclass

from local.host import timespan
from local.host.settings import ConfigurationError

FOR_EVER = -1
_STRATEGIES = ("fixed_delay", "exponential_backoff")


@dataclass(frozen=True)
class RetryPolicy:
    """How often a failed invocation is tried again, and the first and longest pause in seconds."""

    max_retry_count: int
    shortest: float
    longest: float

    def pause(self, retries: int) -> float | None:
        """The pause in seconds before retry number ``retries`` + 1; None when there is none left."""
        if self.max_retry_count != FOR_EVER and retries >= self.max_retry_count:
            return None
        return min(self.shortest * 2.0 ** min(retries, 30), self.longest)


def parse(setting: Mapping[str, object] | None) -> RetryPolicy | None:
    """The policy that ``@app.retry(...)`` sets. Raises ConfigurationError when it makes no sense."""
    if not setting:
        return None
    strategy = setting.get("strategy")
    try:
        count = int(str(setting.get("max_retry_count")))
        if strategy == "fixed_delay":
            delay = _interval(setting, "delay_interval")
            return RetryPolicy(count, delay, delay)
        if strategy == "exponential_backoff":
            return RetryPolicy(count, _interval(setting, "minimum_interval"), _interval(setting, "maximum_interval"))
    except ValueError as error:
        raise ConfigurationError(f"the retry policy is not right: {error}") from error
    raise ConfigurationError(f"the strategy of a retry policy is one of {', '.join(_STRATEGIES)}, not {strategy!r}")


def _interval(setting: Mapping[str, object], name: str) -> float:
    """An interval in whole seconds; the worker reads no other."""
    text = str(setting.get(name))
    if "." in text:
        raise ValueError(f"{name} {text!r} must be hh:mm:ss")
    return timespan.seconds(text)
