"""What ``Run.get_details()`` gives, from what the backend answers. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from runspoor.sdk.run_record import Document

INTERACTIVE = None
SCRIPT, SWEEP = "azureml.scriptrun", "hyperdrive"
DATA = {"input": "DatasetConsumptionConfig", "output": "DatasetOutputConfig"}


class Details(dict[str, Any]):
    """A dictionary whose entries can be read as attributes too: ``details["status"]``, ``details.status``."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the details of this run have no {name!r}, only {', '.join(self)}") from None


def details(run: Document, properties: Mapping[str, str], logs: Mapping[str, str]) -> Details:
    """v1's keys; those without a value are left out. ``logs``: where to read each log file, or what it holds."""
    found = {
        "runId": run["run_id"], "target": run["compute_target"], "status": run["status"],
        "startTimeUtc": run["started_at"], "endTimeUtc": run["ended_at"], "services": {}, "error": error(run),
        "warnings": _warnings(run), "properties": dict(properties), "inputDatasets": _inputs(run),
        "outputDatasets": _outputs(run), "runDefinition": definition(run["definition"]), "logFiles": dict(logs),
        "submittedBy": run.get("submitted_by"),
    }
    return Details({name: value for name, value in found.items() if value is not None})


def kind_of(run: Document) -> str | None:
    """v1's type of a run that has been read."""
    launch = run["definition"]["launch"]
    if run.get("sweep"):
        return SWEEP
    return SCRIPT if launch.get("script") or launch.get("command") else INTERACTIVE


def error(run: Document) -> dict[str, Any] | None:
    """``{"error": {"code", "message", ...}}`` of a run that failed, else None."""
    if run["status"] != "Failed":
        return None
    reason = run["reason"] or {"code": "Unknown", "message": "The run failed."}
    return {"error": {"code": reason["code"], "message": reason["message"], "details": []},
            "time": run["ended_at"], "componentName": "runspoor"}


def failure(run: Document, why: str) -> str:
    """All that is known of a failure, as JSON: its error, the last lines of the script's output, and ``why``."""
    known = error(run) or {}
    known["error"] = {**known.get("error", {}), "why": why, "last_lines": run.get("last_lines") or []}
    return json.dumps(known, indent=4, ensure_ascii=False)


def _warnings(run: Document) -> list[dict[str, str]]:
    cancel = run.get("cancel")
    if not cancel or not cancel.get("reason"):
        return []
    return [{"source": "cancel", "message": f"{cancel['by']}: {cancel['reason']}"}]


def _inputs(run: Document) -> list[dict[str, Any]]:
    return [
        {"dataset": {"id": each["dataset"]}, "consumptionDetails": {
            "type": "RunInput", "inputName": name, "mechanism": str(each["mode"]).capitalize(),
            **({"pathOnCompute": each["path_on_compute"]} if each.get("path_on_compute") else {})}}
        for name, each in (run["definition"].get("inputs") or {}).items() if each.get("dataset")
    ]


def _outputs(run: Document) -> list[dict[str, Any]]:
    """Those that have become datasets. ``complete``: whether the run did all it should."""
    return [
        {"identifier": {"savedId": each["dataset"], "registeredId": each.get("registered_as"),
                        "registeredVersion": str(each["version"]) if each.get("version") else None},
         "outputType": "RunOutput", "outputDetails": {"outputName": each["name"]}, "dataset": {"id": each["dataset"]},
         "complete": each["complete"]}
        for each in run.get("outputs", ()) if each["dataset"]
    ]


def definition(said: Document) -> dict[str, Any]:
    """The run's definition with v1's words for what v1 has words for."""
    launch, environment = said.get("launch") or {}, said.get("environment") or {}
    spread = said.get("distribution") or {}
    return {
        "script": launch.get("script"), "command": _texts(launch.get("command") or []), "useAbsolutePath": False,
        "arguments": _texts(launch.get("arguments") or []), **_spread(spread),
        "target": said.get("compute_target"), "nodeCount": spread.get("nodes", 1), "instanceTypes": [],
        "maxRunDurationSeconds": said.get("max_run_duration_seconds"), "jobName": None,
        "environment": {
            "name": environment.get("name"), "version": environment.get("version"),
            "environmentVariables": environment.get("variables") or {},
            "python": {"interpreterPath": environment.get("python") or "python",
                       "userManagedDependencies": environment.get("packages") is None,
                       "packages": environment.get("packages")},
            "docker": {"image": environment.get("image")},
        },
        "history": {"outputCollection": True, "snapshotProject": True, "directoriesToWatch": ["logs"]},
        "data": said.get("inputs") or {}, "outputData": said.get("outputs") or {},
        "displayName": said.get("display_name"),
    }


def _spread(said: Mapping[str, Any]) -> dict[str, Any]:
    """v1's framework and communicator, and the section that goes with them."""
    each = said["processes"] // said["nodes"] if said else 1
    if said.get("kind") == "pytorch":
        return {"framework": "PyTorch", "communicator": str(said.get("backend") or "nccl").capitalize(),
                "pytorch": {"communicationBackend": said.get("backend"), "processCount": said["processes"]}}
    if said.get("kind") == "tensorflow":
        counts = {"workerCount": said["nodes"], "parameterServerCount": said["parameter_servers"]}
        return {"framework": "TensorFlow", "communicator": "ParameterServer", "tensorflow": counts}
    return {"framework": "Python", "communicator": "IntelMpi" if said else "None",
            "mpi": {"processCountPerNode": each}}


def _texts(arguments: list[Any]) -> list[str]:
    return [_text(each) for each in arguments]


def _text(argument: Any) -> str:
    """An argument as text; one that stands for data as v1 writes it."""
    if not isinstance(argument, dict):
        return str(argument)
    ((kind, name),) = argument.items()
    return f"{DATA[kind]}:{name}"
