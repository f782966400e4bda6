"""What file datasets and tables have in common: ids, names, versions, tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast
from urllib.parse import quote

from runspoor.sdk.consumption import DatasetConsumptionConfig
from runspoor.sdk.exceptions import NotOffered, UserErrorException, translated
from runspoor.sdk.surface import Surface

if TYPE_CHECKING:
    from runspoor.sdk.workspace import Workspace

LATEST = "latest"
Self = TypeVar("Self", bound="AbstractDataset")
Document = Mapping[str, Any]


class AbstractDataset(Surface, v1="azureml.data.abstract_dataset.AbstractDataset"):
    """A reference to data; nothing is read before it is needed. Made by ``Dataset.File`` and ``Dataset.Tabular``."""

    _kind: ClassVar[str] = ""

    def __init__(self) -> None:
        self._definition: Document = {}
        self._workspace: Workspace | None = None
        self._saved: Document = {}

    @classmethod
    def _of(cls: type[Self], definition: Document, workspace: Workspace | None = None,
            saved: Document | None = None) -> Self:
        """``definition``: ``sources`` and ``reading`` as ``POST datasets`` takes them; ``saved``: what it answered."""
        made = cls()
        made._definition = {"kind": cls._kind, **definition}
        made._workspace, made._saved = workspace, saved or {}
        return made

    def __repr__(self) -> str:
        given = self._definition.get("sources", ())
        sources = [{name: value for name, value in each.items() if value} for each in given]
        shown = {"name": self.name, "version": self.version, "id": self.id, "source": sources}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in shown.items() if value)})"

    @property
    def id(self) -> str | None:
        """The id, once it is saved or registered."""
        return cast("str | None", self._saved.get("id"))

    @property
    def name(self) -> str | None:
        """The name under which it is registered."""
        return cast("str | None", self._saved.get("name"))

    @property
    def version(self) -> int | None:
        """The number of the registered version."""
        return cast("int | None", self._saved.get("version"))

    @property
    def description(self) -> str | None:
        """What was said of this version."""
        return cast("str | None", self._saved.get("description"))

    @property
    def tags(self) -> dict[str, str] | None:
        """The tags of this version; None before it is registered."""
        return dict(self._saved["tags"]) if self.name else None

    def as_named_input(self, name: str | None) -> DatasetConsumptionConfig:
        """As input of a run under this name (none: one is made up); the script gets the id."""
        return DatasetConsumptionConfig(name, self)

    @translated()
    def register(self: Self, workspace: Workspace, name: str, description: str | None = None,
                 tags: Mapping[str, object] | None = None, create_new_version: bool = False) -> Self:
        """Register it, and give the registered dataset. The content of the newest version makes no further one.

        UserErrorException when the name is taken by other content and no new version is wanted.
        """
        body = {**self._definition, "name": name, "description": description, "tags": _texts(tags),
                "create_new_version": create_new_version}
        return type(self)._of(self._definition, workspace, workspace.api.write("POST", "datasets", body).json())

    def update(self: Self, description: str | None = None, tags: Mapping[str, object] | None = None) -> Self:
        """Replace description and tags of this version; what is None stays."""
        return self._described({"description": description, "tags": None if tags is None else _texts(tags)})

    def add_tags(self: Self, tags: Mapping[str, object] | None = None) -> Self:
        """Set tags; others stay."""
        return self._described({"tags": {**(self.tags or {}), **_texts(tags)}})

    def remove_tags(self: Self, tags: list[str] | None = None) -> Self:
        """Remove the tags of these names."""
        return self._described({"tags": {n: each for n, each in (self.tags or {}).items() if n not in (tags or ())}})

    @translated()
    def _described(self: Self, change: Document) -> Self:
        if self._workspace is None or not self.name:
            raise UserErrorException("Only a registered dataset has a description and tags: register it first.")
        path = f"datasets/{quote(self.name, safe='')}?version={self.version}"
        self._saved = self._workspace.api.write("PATCH", path, change).json()
        return self

    @translated()
    def _saved_in(self, workspace: Workspace) -> str:
        """The id; what has none is saved."""
        if self.id is None:
            self._saved = workspace.api.write("POST", "datasets", self._definition).json()
            self._workspace = workspace
        return str(self.id)

    def __getitem__(self, key: object) -> object:
        raise NotOffered("An expression over files (dataset['name'])", "name the files you want, or a pattern, in "
                         "Dataset.File.from_files")

    @staticmethod
    def get_by_name(workspace: Workspace, name: str, version: int | str = LATEST,
                    **kwargs: object) -> AbstractDataset:
        """A registered dataset; the newest version without a number. UserErrorException when there is none."""
        query = None if version in (None, LATEST) else {"version": str(version)}
        with translated():
            return _dataset(workspace, workspace.api.get(f"datasets/{quote(name, safe='')}", query).json())

    @staticmethod
    def get_by_id(workspace: Workspace, id: str, **kwargs: object) -> AbstractDataset:
        """A dataset by its id, registered or not. UserErrorException when there is none."""
        with translated():
            return _dataset(workspace, workspace.api.get(f"dataset-ids/{quote(str(id), safe='')}").json())

    @staticmethod
    def get_all(workspace: Workspace) -> dict[str, AbstractDataset]:
        """The newest version of each registered dataset, by name."""
        with translated():
            return {each["name"]: _dataset(workspace, each) for each in workspace.api.pages("datasets")}


def _dataset(workspace: Workspace, saved: Document) -> AbstractDataset:
    from runspoor.sdk.file_dataset import FileDataset
    from runspoor.sdk.tabular_dataset import TabularDataset

    kind = FileDataset if saved["kind"] == FileDataset._kind else TabularDataset
    definition = {name: saved[name] for name in ("sources", "reading", "steps") if saved.get(name)}
    return kind._of(definition, workspace, saved)


def _texts(tags: Mapping[str, object] | None) -> dict[str, str]:
    return {str(name): "" if value is None else str(value) for name, value in (tags or {}).items()}
