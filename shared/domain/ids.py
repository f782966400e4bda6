"""Every name and id, and every id derived from another: streams, runs, Batch tasks."""

import hashlib
import re

from shared.domain.errors import Invalid

RUN_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,55}")
"""A Batch task id has 64 characters, compared without case; ``-a`` and an attempt number go behind the run id."""

EXPERIMENT = re.compile(r"\w[\w .-]{0,254}")
COMPUTE_TARGET = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,31}")
DATASET = EXPERIMENT
ENVIRONMENT = EXPERIMENT
DATASET_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DATASTORE = re.compile(r"[A-Za-z0-9_]{1,255}")
MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,254}")
SHA256 = re.compile(r"[0-9a-f]{64}")

RULES = {
    "run id": (RUN_ID, "1 to 56 lower-case letters, digits, '-' and '_', starting with a letter or digit"),
    "experiment name": (EXPERIMENT, "1 to 255 letters, digits, '_', '-', '.' and spaces, not starting with a sign"),
    "compute target name": (COMPUTE_TARGET, "2 to 32 letters, digits and '-', starting with a letter"),
    "environment name": (ENVIRONMENT,
                         "1 to 255 letters, digits, '_', '-', '.' and spaces, not starting with a sign"),
    "dataset name": (DATASET, "1 to 255 letters, digits, '_', '-', '.' and spaces, not starting with a sign"),
    "dataset id": (DATASET_ID, "32 lower-case hexadecimal digits with '-' between, as in a UUID"),
    "datastore name": (DATASTORE, "1 to 255 letters (a-z, A-Z), digits and '_'"),
    "model name": (MODEL, "1 to 255 characters of a-z, A-Z, 0-9, '_', '-' and '.', starting with a letter or digit"),
    "snapshot id": (SHA256, "64 lower-case hexadecimal digits"),
}


def checked(what: str, name: str) -> str:
    """``name`` if it follows the rule for ``what``; else ``Invalid`` with the rule."""
    pattern, rule = RULES[what]
    if not pattern.fullmatch(name):
        raise Invalid(f"{name[:80]!r} cannot be the {what}: use {rule}.")
    return name


def run_id_for(experiment: str, idempotency_key: str) -> str:
    """The run that a submission with this key makes: the same key always names the same run."""
    slug = re.sub(r"[^a-z0-9]+", "-", experiment.lower()).strip("-")[:32] or "run"
    digest = hashlib.sha256(f"{experiment}\0{idempotency_key}".encode()).hexdigest()
    return f"{slug}_{digest[:12]}"


def run_stream(run_id: str) -> str:
    return f"run-{run_id}"


def sweep_stream(run_id: str) -> str:
    """A sweep is known by the id of its own run."""
    return f"sweep-{run_id}"


def trial_id(sweep: str, number: int) -> str:
    """The run of a sweep's trial."""
    return f"{sweep}_{number}"


def split_trial_id(run_id: str) -> tuple[str, int] | tuple[None, None]:
    """Sweep and number of what may be the run of a trial; nothing when it cannot be one."""
    sweep, _, number = run_id.rpartition("_")
    return (sweep, int(number)) if sweep and re.fullmatch("0|[1-9][0-9]{0,2}", number) else (None, None)


def experiment_stream(name: str) -> str:
    return f"experiment-{name}"


def compute_stream(name: str) -> str:
    """Batch compares pool ids without case, so the stream does too."""
    return f"compute-{pool_id(name)}"


def dataset_stream(name: str) -> str:
    return f"dataset-{name}"


def saved_dataset_stream(dataset_id: str) -> str:
    return f"saved_dataset-{dataset_id}"


def dataset_id_for(content: str) -> str:
    """The id under which a dataset is saved, in the form of a UUID: the same content always has the same id."""
    digest = hashlib.sha256(content.encode()).hexdigest()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))


def datastore_stream(name: str) -> str:
    """Names of datastores are compared without case."""
    return f"datastore-{name.lower()}"


WORKSPACE_STREAM = "workspace-default"
"""There is one workspace in a backend."""


def environment_stream(name: str) -> str:
    return f"environment-{name}"


def model_stream(name: str) -> str:
    return f"model-{name}"


def split_stream(stream: str) -> tuple[str, str]:
    """``("run", "digits_5f2c")`` for ``run-digits_5f2c``."""
    kind, _, subject = stream.partition("-")
    return kind, subject


def task_id(run_id: str, attempt: int) -> str:
    """Batch compares task ids without case, which is why run ids have lower case only."""
    return f"{run_id}-a{attempt}"


def split_task_id(task: str) -> tuple[str, int] | tuple[None, None]:
    """Run and attempt of a task id; nothing when it is the id of no task of ours."""
    run_id, _, attempt = task.rpartition("-a")
    return (run_id, int(attempt)) if run_id and attempt.isascii() and attempt.isdigit() else (None, None)


def pool_id(compute_target: str) -> str:
    """Also the name by which a compute target is known everywhere, however it was spelled."""
    return compute_target.lower()


def job_id(compute_target: str, priority: str = "normal") -> str:
    """One long-lived job per pool and priority: an account has far fewer active jobs than tasks.

    No name of a pool has a '_', so the jobs of two pools never have the same name.
    """
    return f"j-{pool_id(compute_target)}" + ("" if priority == "normal" else f"_{priority}")
