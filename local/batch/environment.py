"""The environment variables of a task: Batch's own, the user's, and of the emulator's own only where programs are."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from local.batch import processes
from local.batch.documents import Document

if TYPE_CHECKING:
    from local.batch.emulator import Emulator

PASSED_ON = ("LANG", "LC_ALL", "TZ")


def path() -> str:
    """Where programs are: those of the emulator's own Python come last."""
    return os.pathsep.join((os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)))


def of_node(
    emulator: "Emulator", node: Document, directory: Path, settings: list[Document], root: Path | None = None
) -> dict[str, str]:
    """Variables of any command on ``node`` that runs in ``directory``; the user's may not change Batch's.

    ``root`` is where the command sees the node's directory, if not where it is.
    """
    own_root = emulator.nodes_directory / node["id"]
    root = root or own_root
    inherited = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    asked = {setting["name"]: setting.get("value", "") for setting in settings}
    batch = {
        "AZ_BATCH_ACCOUNT_NAME": emulator.settings.account,
        "AZ_BATCH_ACCOUNT_URL": emulator.url,
        "AZ_BATCH_POOL_ID": node["_pool"],
        "AZ_BATCH_NODE_ID": node["id"],
        "AZ_BATCH_NODE_IS_DEDICATED": str(node["isDedicated"]).lower(),
        "AZ_BATCH_NODE_ROOT_DIR": str(root),
        "AZ_BATCH_NODE_SHARED_DIR": str(root / "shared"),
        "AZ_BATCH_NODE_STARTUP_DIR": str(root / "startup"),
        "AZ_BATCH_NODE_MOUNTS_DIR": str(root / "fsmounts"),
        "AZ_BATCH_TASK_DIR": str(directory),
        "AZ_BATCH_TASK_WORKING_DIR": str(directory / "wd"),
        processes.NODE: str(own_root),
        processes.SESSION: f"{emulator.session}/{uuid4().hex}",
    }
    return {"HOME": str(directory / "wd"), "PATH": path(), **inherited, **asked, **batch}


def of_task(
    emulator: "Emulator", job: Document, task: Document, node: Document, directory: Path, root: Path | None = None
) -> dict[str, str]:
    """Variables of a task: the job's common settings, then the task's own."""
    settings = [*job.get("commonEnvironmentSettings", ()), *task.get("environmentSettings", ())]
    return {
        **of_node(emulator, node, directory, settings, root),
        "AZ_BATCH_JOB_ID": job["id"],
        "AZ_BATCH_TASK_ID": task["id"],
    }
