"""How a sweep walks through its space of parameters."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from runspoor.sdk.hyperdrive_expressions import (
    ARGUMENTS,
    Expression,
    HyperDriveConfigException,
    expression_request,
    kind_of,
)
from runspoor.sdk.surface import Surface


class HyperParameterSampling(Surface, v1="azureml.train.hyperdrive.HyperParameterSampling"):
    """``parameter_space``: expressions by the names of parameters. ``properties``: ``{"seed": 5}`` repeats a walk.

    Raises HyperDriveConfigException for expressions that this way of sampling does not know.
    """

    _kind: ClassVar[str] = "random"

    def __init__(self, sampling_method_name: str, parameter_space: Mapping[str, Expression],
                 properties: Mapping[str, Any] | None = None,
                 supported_distributions: Collection[str] | None = None,
                 distributions_validators: object = None) -> None:
        self._name, self._properties = sampling_method_name, properties
        self._space = _checked(type(self).__name__, parameter_space, supported_distributions or ARGUMENTS)

    def to_json(self) -> dict[str, Any]:
        """``{"name", "parameter_space"}``, and ``"properties"`` when there are some."""
        said = {"name": self._name, "parameter_space": self._space}
        return {**said, "properties": dict(self._properties)} if self._properties else said

    def _to_request(self) -> dict[str, Any]:
        """SamplingRequest."""
        return {"kind": self._kind, "seed": (self._properties or {}).get("seed"),
                "space": {name: expression_request(expression) for name, expression in self._space.items()}}


def _checked(sampling: str, space: object, known: Collection[str]) -> dict[str, Expression]:
    if not isinstance(space, Mapping) or not space:
        raise HyperDriveConfigException("parameter_space has to be a dict with at least one parameter, as in "
                                        "{'--rate': uniform(0, 1)}.")
    for name, expression in space.items():
        kind = kind_of(name, expression)
        if kind not in known:
            raise HyperDriveConfigException(f"Parameter {name!r} is {kind!r}, and {sampling} takes only "
                                            f"{', '.join(sorted(known))}: use these, or RandomParameterSampling.")
    return dict(space)


class RandomParameterSampling(HyperParameterSampling, v1="azureml.train.hyperdrive.RandomParameterSampling"):
    """Points by chance, of all expressions."""

    SAMPLING_NAME = "RANDOM"

    def __init__(self, parameter_space: Mapping[str, Expression],
                 properties: Mapping[str, Any] | None = None) -> None:
        super().__init__(self.SAMPLING_NAME, parameter_space, properties)


class GridParameterSampling(HyperParameterSampling, v1="azureml.train.hyperdrive.GridParameterSampling"):
    """All combinations of choices."""

    SAMPLING_NAME = "GRID"
    _kind = "grid"

    def __init__(self, parameter_space: Mapping[str, Expression],
                 properties: Mapping[str, Any] | None = None) -> None:
        super().__init__(self.SAMPLING_NAME, parameter_space, properties, ("choice",))


class BayesianParameterSampling(HyperParameterSampling, v1="azureml.train.hyperdrive.BayesianParameterSampling"):
    """Points that the trials so far make promising."""

    SAMPLING_NAME = "BayesianOptimization"
    _kind = "bayesian"

    def __init__(self, parameter_space: Mapping[str, Expression],
                 properties: Mapping[str, Any] | None = None) -> None:
        super().__init__(self.SAMPLING_NAME, parameter_space, properties, ("choice", "uniform", "quniform"))
