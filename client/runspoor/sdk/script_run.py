"""A run of a script: what submitting one gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runspoor.sdk.run import Run
from runspoor.sdk.run_details import SCRIPT

if TYPE_CHECKING:
    from runspoor.sdk.experiment import Experiment


class ScriptRun(Run, v1="azureml.core.script_run.ScriptRun"):
    """``directory`` and ``_run_config`` are for v1's sake: the backend has both."""

    RUN_TYPE = SCRIPT

    def __init__(self, experiment: Experiment, run_id: str, directory: str | None = None, _run_config: object = None,
                 **kwargs: Any) -> None:
        super().__init__(experiment, run_id, **kwargs)

    @property
    def type(self) -> str | None:
        """``azureml.scriptrun``. No request is made."""
        return self.RUN_TYPE
