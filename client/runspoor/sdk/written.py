"""Which run wrote an output."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.run_status import ENDED, RunStatus

if TYPE_CHECKING:
    from runspoor.sdk.run import Run


class Written:
    """The run that was submitted last with an output. All that is made of the output (``as_mount()``...) shares it."""

    def __init__(self) -> None:
        self._by: tuple[Run, str] | None = None

    def __deepcopy__(self, memo: object) -> Written:
        return self

    def by(self, run: Run, name: str) -> None:
        """``run`` writes it, as its output ``name``."""
        self._by = run, name

    def dataset(self, output: str) -> str:
        """The id of the dataset the run made; waits for the run's end. UserErrorException when there is none."""
        if self._by is None:
            raise UserErrorException(f"Nothing has been written to the output {output!r} yet: submit the run that "
                                     "writes it first, and then the one that reads it.")
        run, name = self._by
        self._wait(run, name)
        found = next(each for each in run._record.seen()["outputs"] if each["name"] == name)
        if not found["dataset"]:
            raise UserErrorException(f"The run {run.id} wrote no files to its output {name!r}.")
        return str(found["dataset"])

    def _wait(self, run: Run, name: str) -> None:
        if run.get_status() not in ENDED:
            print(f"Waiting for the run {run.id}: its output {name!r} is to be read.", file=sys.stderr, flush=True)
        run.wait_for_completion(raise_on_error=False)
        if run.status != RunStatus.COMPLETED:
            raise UserErrorException(f"The output {name!r} cannot be read: the run {run.id} that writes it ended as "
                                     f"{run.status}. To read what it left, use run.output_datasets[{name!r}].")
