"""Settings in sections: attributes with fixed names, written to files in camelCase as v1 has them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

from runspoor.sdk.surface import Surface


@dataclass(init=False, repr=False, eq=False)
class Section(Surface):
    """A dataclass of settings. Setting a name that it does not have is an AttributeError, so no typing error passes."""

    _file_names: ClassVar[Mapping[str, str]] = {}
    """What a field is called in files, where that is not its name in camelCase."""

    def __init__(self, **kwargs: object) -> None:
        """All fields at their defaults. v1 takes keywords here for its own use; they are not looked at."""
        for each in fields(self):
            default = each.default if each.default_factory is MISSING else each.default_factory()
            object.__setattr__(self, each.name, default)

    if not TYPE_CHECKING:
        def __setattr__(self, name: str, value: object) -> None:
            if not (name.startswith("_") or name in self.__dataclass_fields__ or hasattr(type(self), name)):
                raise type(self).refusal(name) or AttributeError(
                    f"{type(self).__name__} has no setting {name!r}; it has {', '.join(self._settings())}")
            super().__setattr__(name, value)

    def __repr__(self) -> str:
        """JSON, as v1 shows its sections."""
        return json.dumps(self._to_file(), indent=4)

    @classmethod
    def _settings(cls) -> list[str]:
        return [each.name.lstrip("_") for each in fields(cls)]

    def _to_file(self) -> dict[str, object]:
        """The section as v1's files have it."""
        return {self._file_name(each.name): _written(getattr(self, each.name)) for each in fields(self)}

    def _from_file(self, data: Mapping[str, Any]) -> None:
        """Take over what a file says; names that only other versions of v1 know are passed over."""
        for each in fields(self):
            if (key := self._file_name(each.name)) in data:
                self._read(each.name, data[key])

    def _read(self, name: str, value: Any) -> None:
        """Take over one setting of a file; a section that the file leaves empty keeps its defaults."""
        if isinstance(section := getattr(self, name), Section):
            section._from_file(value or {})
        else:
            setattr(self, name, value)

    @classmethod
    def _file_name(cls, name: str) -> str:
        return cls._file_names.get(name) or re.sub(r"_(\w)", lambda found: found[1].upper(), name.lstrip("_"))


def _written(value: object) -> object:
    if isinstance(value, Section):
        return value._to_file()
    if isinstance(value, Mapping):
        return {name: _written(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_written(each) for each in value]
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)
