"""Lineage: which data, runs and models came of which. Nodes, the edges between them, and walks along those.

A node's id is its kind and its own id: ``run:digits_5f2c``, ``dataset:<id>``, ``model:<name>:<version>``,
``path:<datastore>/<path>``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from shared.domain.definition import DatastorePath, RunDefinition
from shared.domain.model import Files, ModelChanged, ModelEvent, ModelRegistered
from shared.domain.run_events import OutputStored, RunSubmitted
from shared.domain.value import Value

NodeKind = Literal["path", "dataset", "run", "model"]
How = Literal["input", "output", "model", "scenario"]
"""``input``: a run reads data. ``output``: a run wrote a dataset. ``model``: a version is made of a run's files.
``scenario``: a version is said to have to do with a dataset."""


@dataclass(frozen=True)
class Edge:
    """``target`` came of ``source``. ``name`` is that of the input or output, the model's path, or the scenario.

    Not ``complete``: the run that wrote it did not come to its end.
    """

    source: str
    target: str
    how: How
    name: str
    complete: bool = True

    @property
    def id(self) -> str:
        return "|".join((self.how, self.source, self.target, self.name))


def run_node(run_id: str) -> str:
    return f"run:{run_id}"


def dataset_node(dataset_id: str) -> str:
    return f"dataset:{dataset_id}"


def model_node(name: str, number: int) -> str:
    return f"model:{name}:{number}"


def path_node(place: DatastorePath) -> str:
    """The datastore's name in lower case, as it is compared."""
    return f"path:{place.datastore.lower()}/{place.path.strip('/')}"


def split_node(node: str) -> tuple[NodeKind, str]:
    """``("run", "digits_5f2c")`` for ``run:digits_5f2c``."""
    kind, _, key = node.partition(":")
    return next(each for each in get_args(NodeKind) if each == kind), key


def edges_of_run(run_id: str, event: Value) -> Iterator[Edge]:
    """What an event of a run says of what it read and wrote."""
    if isinstance(event, RunSubmitted):
        yield from _inputs(run_node(run_id), event.definition)
    if isinstance(event, OutputStored) and event.dataset:
        yield Edge(run_node(run_id), dataset_node(event.dataset), "output", event.name, event.complete)


def _inputs(run: str, definition: RunDefinition) -> Iterator[Edge]:
    for name, each in definition.inputs.items():
        if each.path:
            yield Edge(path_node(each.path), run, "input", name)
        elif each.dataset:
            yield Edge(dataset_node(each.dataset), run, "input", name)


def edges_of_model(name: str, event: ModelEvent) -> Iterator[Edge]:
    """What an event of a model says of the run that has its files, and of datasets."""
    node = model_node(name, event.number)
    if isinstance(event, ModelRegistered):
        yield from _origin(node, event.files)
    if isinstance(event, ModelRegistered | ModelChanged):
        for each in event.said.datasets if isinstance(event, ModelRegistered) else event.datasets:
            yield Edge(dataset_node(each.dataset_id), node, "scenario", each.scenario)


def _origin(node: str, files: Files) -> Iterator[Edge]:
    if files.run:
        yield Edge(run_node(files.run.run_id), node, "model", files.path)


@dataclass(frozen=True)
class Walk:
    """A walk in one direction: all nodes ``seen``, and those of the last step, from where it goes on.

    ``truncated``: there were more nodes than it may see, and it has come to its end.
    """

    seen: frozenset[str]
    frontier: frozenset[str]
    truncated: bool = False

    @staticmethod
    def at(node: str) -> "Walk":
        return Walk(frozenset({node}), frozenset({node}))

    @property
    def has_ended(self) -> bool:
        return self.truncated or not self.frontier

    def onward(self, neighbours: Iterable[str], most: int) -> "Walk":
        """One step, to those of ``neighbours`` that are new, until ``most`` nodes have been seen.

        It takes no more of ``neighbours`` than it needs to know that.
        """
        new: set[str] = set()
        for node in neighbours:
            if node in self.seen or node in new:
                continue
            if len(self.seen) + len(new) >= most:
                return Walk(self.seen | new, frozenset(new), truncated=True)
            new.add(node)
        return Walk(self.seen | new, frozenset(new))
