"""``Dataset``: where datasets are made and found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runspoor.sdk.abstract_dataset import LATEST, AbstractDataset
from runspoor.sdk.dataset_factory import FileDatasetFactory, TabularDatasetFactory
from runspoor.sdk.exceptions import NotOffered
from runspoor.sdk.surface import Surface

if TYPE_CHECKING:
    from runspoor.sdk.workspace import Workspace


class Dataset(Surface, v1="azureml.core.Dataset"):
    """``Dataset.File`` and ``Dataset.Tabular`` make datasets; the methods find those there are."""

    def __init__(self, definition: object, workspace: Workspace | None = None, name: str | None = None,
                 id: str | None = None) -> None:
        raise NotOffered("Dataset(...)", "use Dataset.File and Dataset.Tabular")

    File = FileDatasetFactory
    Tabular = TabularDatasetFactory

    @staticmethod
    def get_by_name(workspace: Workspace, name: str, version: int | str = LATEST,
                    **kwargs: object) -> AbstractDataset:
        """A registered dataset; the newest version without a number. UserErrorException when there is none."""
        return AbstractDataset.get_by_name(workspace, name, version)

    @staticmethod
    def get_by_id(workspace: Workspace, id: str, **kwargs: object) -> AbstractDataset:
        """A dataset by its id, registered or not. UserErrorException when there is none."""
        return AbstractDataset.get_by_id(workspace, id)

    @staticmethod
    def get_all(workspace: Workspace) -> dict[str, AbstractDataset]:
        """The newest version of each registered dataset, by name."""
        return AbstractDataset.get_all(workspace)

    @staticmethod
    def get(workspace: Workspace, name: str | None = None, id: str | None = None) -> AbstractDataset:
        """A dataset by its name or its id."""
        return AbstractDataset.get_by_id(workspace, id) if id else AbstractDataset.get_by_name(workspace, name or "")

    @staticmethod
    def list(workspace: Workspace) -> list[AbstractDataset]:
        """The newest version of each registered dataset."""
        return [*AbstractDataset.get_all(workspace).values()]
