"""Names of v1 that Runspoor has not: scripts import many and use few, so only use is refused."""

from __future__ import annotations

from runspoor.sdk.exceptions import NotOffered


class _PlaceholderType(type):
    """Calling such a class, or reading what it might have, raises NotOffered. Nothing is an instance of it."""

    _refusal: NotOffered

    def __call__(cls, *args: object, **kwargs: object) -> object:
        raise cls._refusal

    def __getattr__(cls, name: str) -> object:
        if name.startswith("_"):  # Python and notebooks probe for these.
            raise AttributeError(name)
        raise cls._refusal


def placeholder(module: str, name: str, refusal: NotOffered) -> type:
    """A class that stands for ``name`` of ``module`` until it is used."""
    return _PlaceholderType(name, (), {"__module__": module, "__doc__": refusal.message, "_refusal": refusal})
