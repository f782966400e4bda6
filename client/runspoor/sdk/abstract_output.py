"""What all outputs of runs have: a name, what they are registered as, and the run that wrote them."""

from __future__ import annotations

import copy
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from runspoor.sdk.consumption import NAME, DatasetConsumptionConfig
from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.surface import Surface
from runspoor.sdk.written import Written

if TYPE_CHECKING:
    from runspoor.sdk.run import Run
    from runspoor.sdk.workspace import Workspace

Self = TypeVar("Self", bound="OutputDatasetConfig")


class OutputDatasetConfig(Surface, v1="azureml.data.output_dataset_config.OutputDatasetConfig"):
    """An output of a run. Its name, 255 letters, digits and underscores, is made up when none is given."""

    _kind: ClassVar[str] = "file"
    _delivery: ClassVar[str] = "mount"

    def __init__(self, mode: str, name: str | None = None, **kwargs: Any) -> None:
        self.mode = mode
        self.name = name or f"output_{secrets.token_hex(4)}"
        self._registration: dict[str, Any] | None = None
        self._written = Written()

    @property
    def name(self) -> str:
        """The output's name."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        if not NAME.fullmatch(name):
            raise UserErrorException(f"{name!r} cannot be the name of an output: use letters, digits and underscores, "
                                     "and begin with no digit.")
        self._name = name

    @property
    def arg_val(self) -> str:
        """What v1 writes for it into the arguments of a run."""
        return f"DatasetOutputConfig:{self.name}"

    def __str__(self) -> str:
        return self.arg_val

    @property
    def is_output(self) -> bool:
        """Always."""
        return True

    def register_on_complete(self: Self, name: str, description: str | None = None,
                             tags: Mapping[str, object] | None = None) -> Self:
        """The same output; the files written become a version of this dataset when the run has completed."""
        if not name:
            raise UserErrorException("An output is registered under a name: register_on_complete('name').")
        texts = {str(each): "" if value is None else str(value) for each, value in (tags or {}).items()}
        return self._with(_registration={"name": name, "description": description, "tags": texts})

    def as_input(self, name: str | None = None) -> DatasetConsumptionConfig:
        """As input of a run that is submitted after the one that writes it: submitting waits until that has ended."""
        return DatasetConsumptionConfig(name, self, self._delivery)

    def _with(self: Self, **changes: object) -> Self:
        made = copy.copy(self)
        made.__dict__.update(changes)
        return made

    def _submitted(self, run: Run, name: str) -> None:
        """A run that writes it, as its output ``name``, has been submitted."""
        self._written.by(run, name)

    def _saved_in(self, workspace: Workspace) -> str:
        """The id of the dataset that the run made of it; waits for the run's end. Raises UserErrorException."""
        return self._written.dataset(self.name)
