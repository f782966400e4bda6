"""The folders of a run's outputs: made before the script starts, named in arguments and variables."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from runner.blobs import Blobs
from runner.connections import Connections
from runner.destination import Destination
from runner.inputs import REFERENCE
from runner.placing import folder, unavailable
from runner.task import InputArgument, Output, OutputArgument, Task
from runner.written import Writing


@dataclass(frozen=True)
class OutputFolders:
    """Outputs by name: where each lies on the node."""

    outputs: Mapping[str, Output]
    places: Mapping[str, Path]

    def filled(self, task: Task) -> Task:
        """``task`` with their paths in its arguments, also where a text has ``$AZUREML_DATAREFERENCE_<name>``."""
        return replace(task, arguments=self._all(task.arguments), command=self._all(task.command))

    def _all(self, arguments: Iterable[str]) -> tuple[str, ...]:
        return tuple(map(self._one, arguments))

    def _one(self, argument: str) -> str:
        if isinstance(argument, OutputArgument):
            return str(self.places[argument])
        if isinstance(argument, InputArgument):
            return argument
        return REFERENCE.sub(lambda found: str(self.places.get(found[1], found[0])), argument)

    def variables(self, v1: bool, taken: Mapping[str, str]) -> dict[str, str]:
        """The variables that name them; ``v1``: those of Azure ML too, but for bare names that are ``taken``."""
        values = {name: str(place) for name, place in self.places.items()}
        result = {f"RUNSPOOR_OUTPUT_{name}": value for name, value in values.items()}
        if not v1 or not values:
            return result
        result.update({f"AZUREML_DATAREFERENCE_{name}": value for name, value in values.items()})
        for name, value in values.items():
            result.update({bare: value for bare in (name, name.upper()) if bare not in taken})
        of_datasets = [name for name, each in self.outputs.items() if each.prepared]
        return {**result, "AZUREML_DATASET_FILE_OUTPUTS": ";".join(of_datasets)} if of_datasets else result

    def writing(self, task: Task, blobs: Blobs) -> list[Writing]:
        """What takes each to its datastore. Raises OSError."""
        connections = Connections()
        return [Writing(name, each, self.places[name], Destination(task, connections, blobs.grants, name), blobs)
                for name, each in self.outputs.items()]


def make(task: Task, root: Path, home: Path) -> OutputFolders:
    """Make the folders; ``root`` is the script's, ``home`` the task's. Raises RunFailed (OutputNotAvailable)."""
    return OutputFolders(task.outputs, {name: _place(name, each, root, home) for name, each in task.outputs.items()})


def _place(name: str, output: Output, root: Path, home: Path) -> Path:
    asked = output.path_on_compute
    if not output.prepared and asked:
        return Path(os.path.normpath(root / asked))  # The script makes it, and may want to make the folders above it.
    place = folder(name, asked, root, home, "output")
    if asked and asked.startswith("/") and any(place.iterdir()):
        raise unavailable(name, f"{asked} has files already, which are not the script's. Ask for another "
                          "path_on_compute, or for none.", "output")
    return place
