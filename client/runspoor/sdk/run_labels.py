"""Tags, properties and names of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from runspoor.sdk.label_filter import text
from runspoor.sdk.run_record import Document, RunRecord
from runspoor.sdk.surface import Surface

SNAPSHOT = "ContentSnapshotId"
"""The property by which v1 scripts find a run's snapshot."""


class RunLabels(Surface):
    """Tags change, properties never do. Values are texts; others become ones."""

    _record: RunRecord

    @property
    def tags(self) -> dict[str, str]:
        """The tags as they are now."""
        return self.get_tags()

    @property
    def properties(self) -> dict[str, str]:
        """The properties as they are now."""
        return self.get_properties()

    def get_tags(self) -> dict[str, str]:
        """The tags as they are now."""
        return dict(self._record.now()["tags"])

    def get_properties(self) -> dict[str, str]:
        """The properties as they are now, and the id of the snapshot under v1's name for it."""
        return properties_of(self._record.now())

    def tag(self, key: str, value: object = None) -> None:
        """Set one tag."""
        self.set_tags({key: value})

    def set_tags(self, tags: Mapping[str, object]) -> None:
        """Set tags; others stay."""
        if tags:
            self._record.write("POST", "/tags", {"tags": {name: text(value) for name, value in tags.items()}})

    def remove_tags(self, tags: str | Iterable[str]) -> dict[str, str]:
        """Remove tags by name; returns those that are left."""
        for name in [tags] if isinstance(tags, str) else tags:
            self._record.write("DELETE", f"/tags/{quote(name, safe='')}")
        return self.get_tags()

    def add_properties(self, properties: Mapping[str, object]) -> None:
        """Add properties. UserErrorException for another value of one that is set."""
        if properties:
            values = {name: text(value) for name, value in properties.items()}
            self._record.write("POST", "/properties", {"properties": values})

    @property
    def display_name(self) -> str:
        """The name that people see; the run's id when it has none. Can be set."""
        return str(self._record.now().get("display_name") or self._record.id)

    @display_name.setter
    def display_name(self, display_name: str) -> None:
        self._record.write("PATCH", "", {"display_name": display_name})

    @property
    def name(self) -> str:
        """v1's former word for ``display_name``."""
        return self.display_name

    @property
    def description(self) -> str | None:
        """What the run is about, if somebody said so. Can be set."""
        document = self._record.now()
        text = document.get("description")
        return None if text is None else str(text)

    @description.setter
    def description(self, description: str) -> None:
        self._record.write("PATCH", "", {"description": description})


def properties_of(run: Document) -> dict[str, str]:
    """The properties of a run that has been read, and the id of its snapshot."""
    snapshot = run["definition"].get("snapshot")
    return {**({SNAPSHOT: snapshot["id"]} if snapshot else {}), **run["properties"]}
