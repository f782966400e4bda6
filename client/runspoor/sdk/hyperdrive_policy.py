"""Which trials of a sweep are ended early, because others are better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from runspoor.sdk.hyperdrive_expressions import HyperDriveConfigException
from runspoor.sdk.surface import Surface


class EarlyTerminationPolicy(Surface, v1="azureml.train.hyperdrive.EarlyTerminationPolicy"):
    """Looks at every ``evaluation_interval``th report of the primary metric, from number ``delay_evaluation`` on."""

    _kind: ClassVar[str] = "none"
    _sent: ClassVar[tuple[str, ...]] = ("evaluation_interval", "delay_evaluation")

    def __init__(self, name: str, properties: Mapping[str, Any] | None = None) -> None:
        self._name, self._properties = name, dict(properties or {})

    def to_json(self) -> dict[str, Any]:
        """``{"name", "properties"}``."""
        return {"name": self._name, "properties": dict(self._properties)}

    def _to_request(self) -> dict[str, Any]:
        """PolicyRequest."""
        return {"kind": self._kind, **{name: self._properties[name] for name in self._sent
                                       if self._properties.get(name) is not None}}

    @property
    def evaluation_interval(self) -> int | None:
        """Every how many reports it looks."""
        return self._properties.get("evaluation_interval")

    @property
    def delay_evaluation(self) -> int | None:
        """How many reports it waits at first."""
        return self._properties.get("delay_evaluation")


class BanditPolicy(EarlyTerminationPolicy, v1="azureml.train.hyperdrive.BanditPolicy"):
    """Ends what is worse than the best by more than a slack: a factor of it, or an amount."""

    POLICY_NAME = "Bandit"
    _kind = "bandit"
    _sent = ("evaluation_interval", "delay_evaluation", "slack_factor", "slack_amount")

    def __init__(self, evaluation_interval: int = 1, slack_factor: float | None = None,
                 slack_amount: float | None = None, delay_evaluation: int = 0) -> None:
        if (slack_factor is None) == (slack_amount is None):
            raise HyperDriveConfigException("A BanditPolicy has exactly one slack: give either slack_factor or "
                                            "slack_amount.")
        slack = {"slack_factor": slack_factor} if slack_amount is None else {"slack_amount": slack_amount}
        super().__init__(self.POLICY_NAME, {"evaluation_interval": evaluation_interval,
                                            "delay_evaluation": delay_evaluation, **slack})

    @property
    def slack_factor(self) -> float | None:
        """How much worse than the best is good enough, as a share of it."""
        return self._properties.get("slack_factor")

    @property
    def slack_amount(self) -> float | None:
        """How much worse than the best is good enough."""
        return self._properties.get("slack_amount")


class MedianStoppingPolicy(EarlyTerminationPolicy, v1="azureml.train.hyperdrive.MedianStoppingPolicy"):
    """Ends what at its best is worse than the median of all running averages."""

    POLICY_NAME = "MedianStopping"
    _kind = "median_stopping"

    def __init__(self, evaluation_interval: int = 1, delay_evaluation: int = 0) -> None:
        super().__init__(self.POLICY_NAME, {"evaluation_interval": evaluation_interval,
                                            "delay_evaluation": delay_evaluation})


class TruncationSelectionPolicy(EarlyTerminationPolicy, v1="azureml.train.hyperdrive.TruncationSelectionPolicy"):
    """Ends the worst ``truncation_percentage`` of all."""

    POLICY_NAME = "TruncationSelection"
    _kind = "truncation_selection"
    _sent = ("evaluation_interval", "delay_evaluation", "truncation_percentage")

    def __init__(self, truncation_percentage: int, evaluation_interval: int = 1, delay_evaluation: int = 0) -> None:
        if not 1 <= truncation_percentage <= 99:
            raise HyperDriveConfigException(f"truncation_percentage is {truncation_percentage!r}: give 1 to 99.")
        super().__init__(self.POLICY_NAME, {
            "evaluation_interval": evaluation_interval, "delay_evaluation": delay_evaluation,
            "truncation_percentage": truncation_percentage, "exclude_finished_jobs": False})

    @property
    def truncation_percentage(self) -> int:
        """How many of a hundred trials are ended each time."""
        return int(self._properties["truncation_percentage"])


class NoTerminationPolicy(EarlyTerminationPolicy, v1="azureml.train.hyperdrive.NoTerminationPolicy"):
    """All trials go on to their ends."""

    POLICY_NAME = "Default"

    def __init__(self) -> None:
        super().__init__(self.POLICY_NAME)
