"""The datasets that a run reads and writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from runspoor.sdk.run_record import RunRecord
from runspoor.sdk.surface import Surface

if TYPE_CHECKING:
    from runspoor.sdk.workspace import Workspace


class RunDatasets(Surface):
    """By name. What is no dataset, or not yet, is a DataPath; inside the run, what lies on the node a path."""

    _record: RunRecord

    @property
    def input_datasets(self) -> dict[str, Any]:
        """What the run reads."""
        return {each["name"]: self._input(each) for each in self._record.seen().get("inputs", ())}

    @property
    def output_datasets(self) -> dict[str, Any]:
        """What the run writes; datasets once it has ended."""
        return {each["name"]: self._output(each) for each in self._record.now().get("outputs", ())}

    def _input(self, said: Mapping[str, Any]) -> Any:
        return data(self._record.workspace, said["dataset"], said["path"])

    def _output(self, said: Mapping[str, Any]) -> Any:
        return data(self._record.workspace, said["dataset"], said)


def data(workspace: Workspace, dataset: str | None, place: Mapping[str, Any]) -> Any:
    """The dataset of an id, or the path of a datastore (``place``: ``datastore`` and ``path``)."""
    from runspoor.sdk.abstract_dataset import AbstractDataset
    from runspoor.sdk.datapath import DataPath
    from runspoor.sdk.datastore import Datastore

    if dataset:
        return AbstractDataset.get_by_id(workspace, dataset)
    return DataPath(Datastore.get(workspace, place["datastore"]), place["path"])
