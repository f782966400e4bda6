"""The base of all classes shaped like v1: what v1 has and we have not says so, and says what to do instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runspoor.sdk.exceptions import NotOffered
from runspoor.sdk.not_offered import NOT_OFFERED


def refusal(v1_name: str) -> NotOffered | None:
    """The error for a dotted v1 name that is not offered; None when the table does not have it."""
    way = NOT_OFFERED.get(v1_name)
    return None if way is None else NotOffered(v1_name, way)


class SurfaceType(type):
    """Of what a class with this type has not, the table decides: NotOffered, or an ordinary AttributeError."""

    _v1: str

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, object], *, v1: str = "") -> SurfaceType:
        return super().__new__(mcs, name, bases, {**namespace, "_v1": v1})

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, object], *, v1: str = "") -> None:
        super().__init__(name, bases, namespace)

    def refusal(cls, name: str) -> NotOffered | None:
        """The error for a member that v1 has, here or in a class above, and we have not."""
        for each in cls.__mro__:
            found = refusal(f"{each.__dict__['_v1']}.{name}") if each.__dict__.get("_v1") else None
            if found:
                return found
        return None

    # Hidden from type checkers: they would take it for leave to read any attribute.
    if not TYPE_CHECKING:
        def __getattr__(cls, name: str) -> object:
            raise cls.refusal(name) or AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")


class Surface(metaclass=SurfaceType):
    """``class Run(Surface, v1="azureml.core.Run")``: members in the table raise NotOffered when read or set.

    Names that v1 does not have either stay AttributeErrors, so that probing (hasattr, notebooks, copy) works.
    """

    if not TYPE_CHECKING:
        def __getattr__(self, name: str) -> object:
            refused = type(self).refusal(name)
            if refused:
                raise refused
            # The ordinary error, or the one raised inside a property of this name.
            return object.__getattribute__(self, name)

        def __setattr__(self, name: str, value: object) -> None:
            refused = None if name.startswith("_") else type(self).refusal(name)
            if refused:
                raise refused
            object.__setattr__(self, name, value)
