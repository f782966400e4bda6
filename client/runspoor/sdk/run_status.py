"""The statuses a run may have."""

from __future__ import annotations

import builtins

from runspoor.sdk.surface import Surface


class RunStatus(Surface, v1="azureml.core.run.RunStatus"):
    """v1's words. Runspoor uses NotStarted to Finalizing but Provisioning, and the three of ended runs."""

    NOT_STARTED = "NotStarted"
    UNAPPROVED = "Unapproved"
    QUEUED = "Queued"
    PREPARING = "Preparing"
    PROVISIONING = "Provisioning"
    STARTING = "Starting"
    RUNNING = "Running"
    NOTRESPONDING = "NotResponding"
    PAUSING = "Pausing"
    PAUSED = "Paused"
    CANCEL_REQUESTED = "CancelRequested"
    FINALIZING = "Finalizing"
    COMPLETED = "Completed"
    FAILED = "Failed"
    CANCELED = "Canceled"

    @classmethod
    def list(cls) -> builtins.list[str]:
        """All statuses."""
        return [*cls.get_running_statuses(), *cls.get_post_processing_statuses(), *ENDED]

    @classmethod
    def get_running_statuses(cls) -> builtins.list[str]:
        """The statuses in which the script runs, or is going to."""
        return [cls.NOT_STARTED, cls.QUEUED, cls.PREPARING, cls.PROVISIONING, cls.STARTING, cls.RUNNING,
                cls.UNAPPROVED, cls.NOTRESPONDING, cls.PAUSING, cls.PAUSED]

    @classmethod
    def get_post_processing_statuses(cls) -> builtins.list[str]:
        """The statuses between the script's end, or the wish for it, and the run's end."""
        return [cls.CANCEL_REQUESTED, cls.FINALIZING]


ENDED = (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELED)
