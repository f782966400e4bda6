"""A sweep that has been submitted: the run that is the parent of its trials."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NoReturn

from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.run import Run
from runspoor.sdk.run_details import SWEEP
from runspoor.sdk.run_metrics import PARALLEL, metrics_of
from runspoor.sdk.run_record import RunRecord
from runspoor.sdk.run_status import RunStatus
from runspoor.sdk.script_run import ScriptRun
from runspoor.sdk.sweep_trials import Trial, by_metric

if TYPE_CHECKING:
    from runspoor.sdk.experiment import Experiment
    from runspoor.sdk.hyperdrive_config import HyperDriveConfig


class HyperDriveRun(Run, v1="azureml.train.hyperdrive.HyperDriveRun"):
    """Running until its trials have ended; canceling it cancels them. ``hyperdrive_config``: as it was submitted."""

    RUN_TYPE = SWEEP

    def __init__(self, experiment: Experiment, run_id: str, hyperdrive_config: HyperDriveConfig | None = None,
                 **kwargs: Any) -> None:
        super().__init__(experiment, run_id, **kwargs)
        self._config = hyperdrive_config

    @property
    def type(self) -> str | None:
        """``hyperdrive``. No request is made."""
        return self.RUN_TYPE

    @property
    def hyperdrive_config(self) -> HyperDriveConfig | None:
        """What was submitted; None of a sweep that was looked up."""
        return self._config

    def get_best_run_by_primary_metric(self, include_failed: bool = True, include_canceled: bool = True,
                                       include_resume_from_runs: bool = True) -> Run | None:
        """The trial with the best value of the primary metric so far; None while there is no value."""
        sweep = self._sweep()
        passed_over = {*([] if include_failed else [RunStatus.FAILED]),
                       *([] if include_canceled else [RunStatus.CANCELED])}
        trials = [each for each in sweep["trials"] if each["status"] not in passed_over and each["metric"] is not None]
        best = next(iter(by_metric(trials, sweep["goal"])), None)
        return None if best is None else ScriptRun(self.experiment, best["run_id"])

    def get_children_sorted_by_primary_metric(self, top: int = 0, reverse: bool = False,
                                              discard_no_metric: bool = False) -> list[dict[str, Any]]:
        """The trials, best first: run_id, hyperparameters (JSON), best_primary_metric, status.

        Those without a value come last. ``top``: only so many (0: all); ``reverse``: worst first.
        """
        sweep = self._sweep()
        found = by_metric(sweep["trials"], sweep["goal"], reverse)
        shown = [each for each in found if not discard_no_metric or each["metric"] is not None]
        return [{"run_id": each["run_id"], "hyperparameters": _parameters(each),
                 "best_primary_metric": each["metric"], "status": each["status"]} for each in shown[:top or None]]

    def get_hyperparameters(self) -> dict[str, str]:
        """The parameters of each trial as JSON, by run id."""
        return {each["run_id"]: _parameters(each) for each in self._sweep()["trials"]}

    def get_metrics(self) -> dict[str, Any]:  # type: ignore[override] # v1's takes nothing here
        """The metrics of each trial, by run id."""
        records = [RunRecord(self.experiment.workspace, each["run_id"]) for each in self._sweep()["trials"]]
        with ThreadPoolExecutor(PARALLEL) as pool:
            return dict(zip((each.id for each in records), pool.map(metrics_of, records)))

    def fail(self) -> NoReturn:  # type: ignore[override] # v1's takes nothing here
        """Refused, as in v1."""
        raise UserErrorException("A sweep ends with its trials: call cancel() to end it before.")

    def _sweep(self) -> dict[str, Any]:
        """SweepModel."""
        return dict(self._record.get("/sweep").json())

    def _follow(self) -> None:
        from runspoor.sdk.sweep_stream import follow

        follow(self)


def _parameters(trial: Trial) -> str:
    return json.dumps(trial["parameters"])
