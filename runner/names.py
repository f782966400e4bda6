"""The names of a run's blobs, and which names its files may have: both as in the contract."""

from __future__ import annotations

STARTED, RUNNING = "signals/started.json", "signals/running.json"
LOST, COMPLETED = "signals/lost.json", "signals/completed.json"
CANCEL = "signals/cancel.json"
ALIVE = "alive.json"
ACCESS, PACKAGES = "access.json", "packages"
RUNNER_LOG, STD_LOG = "system_logs/runner.log", "user_logs/std_log.txt"
BUILD_LOG = "system_logs/environment.txt"
OUTPUTS, LOGS, LISTING = "outputs", "logs", "outputs.jsonl"
CHECKPOINTS, KEPT = "checkpoints", "checkpoints.jsonl"
LONGEST_NAME = 900


def trouble_with(name: str) -> str | None:
    """Why ``name`` cannot be the name of a blob of a run, or None when it can."""
    if not name or len(name) > LONGEST_NAME:
        return f"its path has {len(name)} characters, allowed are 1 to {LONGEST_NAME}"
    if any(part in ("", ".", "..") for part in name.split("/")):
        return "its path is not a plain relative path"
    if "\\" in name or any(ord(character) < 32 or ord(character) == 127 for character in name):
        return "its path has a backslash or a control character"
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return "its path is not valid UTF-8"
    return None
