"""How a run gets a dataset: under which name, in which way, and where."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any, Protocol

from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.surface import Surface

if TYPE_CHECKING:
    from runspoor.sdk.workspace import Workspace

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
MODES = ("direct", "mount", "download")


class Consumable(Protocol):
    """A dataset, or what will be one: an output of a run."""

    @property
    def _kind(self) -> str:
        """``file`` or ``tabular``."""

    def _saved_in(self, workspace: Workspace) -> str:
        """The id; what has none is saved first, what is not written yet waited for."""


class DatasetConsumptionConfig(Surface, v1="azureml.data.dataset_consumption_config.DatasetConsumptionConfig"):
    """A dataset as input of a run. ``mode``: direct (the script gets the id), mount or download (it gets a path).

    ``path_on_compute``: absolute, or below the script's folder; none: a folder that the node chooses.
    """

    def __init__(self, name: str | None, dataset: Consumable, mode: str = "direct",
                 path_on_compute: str | None = None) -> None:
        self._name = name or f"input__{secrets.token_hex(4)}"
        if not NAME.fullmatch(self._name):
            raise UserErrorException(f"{name!r} cannot be the name of an input: use letters, digits and underscores, "
                                     "and begin with no digit.")
        if mode not in MODES:
            raise UserErrorException(f"{mode!r} is no mode of an input: use one of {', '.join(MODES)}.")
        self.dataset, self.mode, self.path_on_compute = dataset, mode, path_on_compute

    @property
    def name(self) -> str:
        """The input's name."""
        return self._name

    @property
    def arg_val(self) -> str:
        """What v1 writes for it into the arguments of a run."""
        return f"DatasetConsumptionConfig:{self.name}"

    def __str__(self) -> str:
        return self.arg_val

    def as_mount(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """The same input, at a path of the node from which files are read when the script does."""
        return self._as("mount", path_on_compute)

    def as_download(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """The same input, copied to a path of the node before the script starts."""
        return self._as("download", path_on_compute)

    def _as(self, mode: str, path_on_compute: str | None) -> DatasetConsumptionConfig:
        if self.dataset._kind != "file":
            raise UserErrorException(f"A TabularDataset cannot be in mode {mode}: it is rows, not files. Hand it over "
                                     f"as dataset.as_named_input({self.name!r}); the script then gets its id.")
        return DatasetConsumptionConfig(self.name, self.dataset, mode, path_on_compute)

    def to_input(self, workspace: Workspace) -> tuple[str, dict[str, Any]]:
        """The input's name, and InputRequest; a dataset without an id is saved in ``workspace``."""
        body = {"dataset": self.dataset._saved_in(workspace), "mode": self.mode}
        return self.name, {**body, "path_on_compute": self.path_on_compute} if self.path_on_compute else body
