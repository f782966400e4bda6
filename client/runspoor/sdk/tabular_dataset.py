"""Datasets of rows."""

from __future__ import annotations

from typing import Any

from runspoor.sdk.abstract_dataset import AbstractDataset


class TabularDataset(AbstractDataset, v1="azureml.data.TabularDataset"):
    """Rows in files. It can be registered, and handed to a run, whose script gets its id."""

    _kind = "tabular"

    @property
    def timestamp_columns(self) -> tuple[Any, Any]:
        """No columns are marked as times."""
        return None, None
