"""Application settings: what the environment and local.settings.json tell the app and its host."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

_EXPRESSION = re.compile(r"%([^%]+)%")


class ConfigurationError(Exception):
    """The app or its settings are wrong; the text says what to mend."""


class Settings(Mapping[str, str]):
    """Application settings. Names are compared without case, as bindings expect."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = {name.lower(): value for name, value in values.items()}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def expand(self, text: str) -> str:
        """``text`` with every ``%NAME%`` replaced by that setting. Raises ConfigurationError for a missing one."""
        def value(found: re.Match[str]) -> str:
            if found[1] not in self:
                raise ConfigurationError(f"%{found[1]}% names a setting that is not there; set {found[1]}")
            return self[found[1]]
        return _EXPRESSION.sub(value, text)

    def number(self, name: str, default: float) -> float:
        """The setting ``name`` as a number. Raises ConfigurationError when it is none."""
        try:
            return float(self.get(name) or default)
        except ValueError:
            raise ConfigurationError(f"{name} must be a number, not {self[name]!r}") from None


def local_values(app: Path) -> dict[str, str]:
    """``Values`` of the local.settings.json in the app's directory; empty when there is none."""
    file = app / "local.settings.json"
    if not file.exists():
        return {}
    try:
        values = json.loads(file.read_text("utf-8-sig")).get("Values", {})
    except (ValueError, AttributeError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}") from error
    return {str(name): str(value) for name, value in values.items()}
