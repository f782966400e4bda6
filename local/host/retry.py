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
            delay = timespan.seconds(str(setting.get("delay_interval")))
            return RetryPolicy(count, delay, delay)
        if strategy == "exponential_backoff":
            return RetryPolicy(count, timespan.seconds(str(setting.get("minimum_interval"))),
                               timespan.seconds(str(setting.get("maximum_interval"))))
    except ValueError as error:
        raise ConfigurationError(f"the retry policy is not right: {error}") from error
    raise ConfigurationError(f"the strategy of a retry policy is one of {', '.join(_STRATEGIES)}, not {strategy!r}")
