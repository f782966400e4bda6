"""Children of runs: runs that belong to another one, and end when it is canceled."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.label_filter import Wanted
from runspoor.sdk.run_record import RunRecord
from runspoor.sdk.surface import Surface

if TYPE_CHECKING:
    from runspoor.sdk.experiment import Experiment
    from runspoor.sdk.run import Run

NUMBER = "azureml.batch_child_number"
"""v1's tag of children that are made by their number."""


class RunChildren(Surface):
    """Children may have children. An ended sweep and a canceled run get no more of them: UserErrorException."""

    _record: RunRecord
    _experiment: Experiment

    @property
    def parent(self) -> Run | None:
        """The run it is a child of, if it is one."""
        parent = self._record.seen().get("parent")
        return None if parent is None else self._parent(str(parent))

    def _parent(self, run_id: str) -> Run:
        from runspoor.sdk.run import Run

        return Run.get(self._experiment.workspace, run_id)

    def child_run(self, name: str | None = None, run_id: str | None = None, outputs: str | None = None) -> Run:
        """Begin an interactive child: this process logs and ends it. ``name``: its display name."""
        from runspoor.sdk.interactive_run import begin

        return begin(self._experiment, name, run_id, outputs, parent=self._record.id)

    def create_children(self, count: int | None = None, tag_key: str | None = None,
                        tag_values: Sequence[object] | None = None) -> list[Run]:
        """Begin ``count`` interactive children, or one for each of ``tag_values`` of the tag ``tag_key``."""
        from runspoor.sdk.interactive_run import begin

        key, values = _tags(count, tag_key, tag_values)
        return [begin(self._experiment, run_id=str(uuid.uuid4()), parent=self._record.id, tags={key: value})
                for value in values]

    def submit_child(self, config: object, tags: dict[str, str] | None = None, **kwargs: Any) -> Run:
        """As ``Experiment.submit``, into the same experiment, with this run as the parent."""
        from runspoor.sdk.submission import submit

        if kwargs:
            raise TypeError(f"submit_child() got an unexpected keyword argument {min(kwargs)!r}")
        return submit(self._experiment, config, tags, parent=self._record.id)

    def get_children(self, recursive: bool = False, tags: Wanted = None, properties: Wanted = None,
                     type: str | None = None, status: str | None = None,
                     _rehydrate_runs: bool = True) -> Iterator[Run]:
        """The children, newest first; ``recursive``: theirs as well. ``tags`` and ``properties``: a name, or names
        with values."""
        from runspoor.sdk.run_list import chosen, descendants

        found = descendants(self._record) if recursive else self._record.pages("/children", {"status": status})
        return chosen(self._experiment.workspace, found, type, tags, properties, status)


def _tags(count: int | None, key: str | None, values: Sequence[object] | None) -> tuple[str, Sequence[object]]:
    """The tag by which children are told apart, and its value of each."""
    if (count is None) == (key is None and values is None):
        raise UserErrorException("create_children makes as many as 'count' says, or one for each of 'tag_values': give "
                                 "the one, or the other with its 'tag_key'.")
    if count is not None:
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise UserErrorException(f"count has to be a whole number, 1 or more, and is {count!r}.")
        return NUMBER, range(count)
    if not key or not values or isinstance(values, str):
        raise UserErrorException("'tag_key' is the name of a tag, and 'tag_values' the list of its values, one "
                                 "for each child: give both.")
    return key, values
