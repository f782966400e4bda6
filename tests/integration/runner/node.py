"""A compute node that runs one attempt: the real runner.pyz in a process of its own."""

import hashlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from textwrap import dedent
from typing import Any

from azure.core.exceptions import ResourceNotFoundError

from tests.integration.runner.service import Service, place

Document = dict[str, Any]
DEADLINE_SECONDS = 180.0


class Node:
    """One run's attempt: ``submit``, ``start``, then look at its blobs by the names of the contract."""

    def __init__(self, service: Service, archive: Path, home: Path, run_id: str) -> None:
        self.service, self.run_id, self.home = service, run_id, home
        self._archive = archive
        self.surroundings: Mapping[str, str] | None = None  # the node's own variables; none: those of the tests
        self._task: Document = {}
        self._process: subprocess.Popen[bytes] | None = None

    def submit(self, files: Mapping[str, str | bytes], *, script: str = "train.py", arguments: tuple[object, ...] = (),
               command: list[object] | None = None, python: str | None = None, seconds: float | None = None,
               grace: float = 20, variables: Mapping[str, str] | None = None,
               inputs: Mapping[str, Document] | None = None, outputs: Mapping[str, Document] | None = None,
               compatibility: str | None = None,
               environment: Document | None = None, distribution: Document | None = None) -> None:
        """Upload the source files and write the task document."""
        snapshots = self.service.blobs.get_container_client("snapshots")
        listed = []
        for path, text in sorted(files.items()):
            content = dedent(text).encode() if isinstance(text, str) else text
            sha = hashlib.sha256(content).hexdigest()
            snapshots.upload_blob(f"files/{sha}", content, overwrite=True)
            listed.append({"path": path, "sha256": sha, "size": len(content), "executable": path.endswith(".sh")})
        manifest = json.dumps({"files": listed}, sort_keys=True, separators=(",", ":")).encode()
        snapshot = hashlib.sha256(manifest).hexdigest()
        snapshots.upload_blob(f"manifests/{snapshot}.json", manifest, overwrite=True)
        self.service.snapshots[self.run_id] = snapshot
        self.service.tokens[self.run_id] = [f"secret-token-{self.run_id}"]
        self.service.digests[self.run_id] = (environment or {}).get("digest", "")
        self._task = {
            "run_id": self.run_id, "attempt": 1, "experiment": "digits", "api": self.service.url,
            "snapshot": {"id": snapshot, "files": len(listed), "bytes": 0},
            "launch": {"command": command} if command else {"script": script, "arguments": list(arguments)},
            "environment": {"python": python, "variables": dict(variables or {}), **(environment or {})},
            "inputs": dict(inputs or {}), "outputs": {name: self._output(name, each)
                                                      for name, each in (outputs or {}).items()},
            "compatibility": compatibility, "distribution": distribution,
            "limits": {"duration_seconds": seconds, "grace_seconds": grace},
        }

    def _output(self, name: str, asked: Document) -> Document:
        return {"path": {"datastore": "workspaceblobstore", "path": f"{self.run_id}/{name}"}, "mode": "mount",
                "path_on_compute": None, "overwrite": False, "globs": [], "prepared": True, **asked}

    def data(self, name: str) -> dict[str, bytes]:
        """The files of an output in its datastore."""
        container, prefix = self.service.blobs.get_container_client("data"), f"{self.run_id}/{name}/"
        found = {}
        for blob in container.list_blob_names(name_starts_with=prefix):
            with suppress(ResourceNotFoundError):  # Deleted since it was listed.
                found[blob.removeprefix(prefix)] = bytes(container.download_blob(blob).readall())
        return found

    def listed(self, name: str) -> dict[str, Document]:
        """The files of ``written/<name>.jsonl``, by path."""
        lines = [json.loads(line) for line in self.text(f"written/{name}.jsonl").splitlines()]
        return {line["path"]: line for line in lines}

    def start(self) -> None:
        """Start the runner; once more is Batch starting the task again on another node."""
        self.home.mkdir(exist_ok=True)
        self.write_task(self.home)
        with (self.home / "stdout.txt").open("ab") as out:
            self._process = subprocess.Popen(self.command(), cwd=self.home, stdout=out, stderr=out,
                                             env=self.surroundings)

    def write_task(self, home: Path) -> None:
        task = {**self._task, "token": self.service.tokens[self.run_id][0]}
        (home / "task.json").write_text(json.dumps(task))

    def command(self) -> list[str]:
        return [sys.executable, str(self._archive)]

    def wait(self) -> int:
        """The runner's exit code."""
        assert self._process is not None
        return self._process.wait(DEADLINE_SECONDS)

    def run(self, files: Mapping[str, str | bytes], **how: Any) -> Document:
        """Submit, run to the end, and give ``completed.json``."""
        self.submit(files, **how)
        self.start()
        assert self.wait() == 0, self.said
        return self.completed

    def terminate(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def resident_kib(self) -> int:
        """The most memory the runner has had so far."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])

    def cancel(self) -> None:
        wish = {"by": "ada", "reason": "wrong data", "at": "2026-01-01T00:00:00Z"}
        self.put("signals/cancel.json", json.dumps(wish).encode())

    def put(self, name: str, content: bytes) -> None:
        self._client(name).upload_blob(content)

    def blob(self, name: str) -> bytes | None:
        try:
            return bytes(self._client(name).download_blob().readall())
        except ResourceNotFoundError:
            return None

    def properties(self, name: str) -> Any:
        return self._client(name).get_blob_properties()

    def _client(self, name: str) -> Any:
        container, inner = place(name)
        return self.service.blobs.get_blob_client(container, f"{self.run_id}/1/{inner}")

    def text(self, name: str) -> str:
        return (self.blob(name) or b"").decode()

    def until(self, found: Callable[[], object]) -> None:
        """Wait until ``found()`` is true."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not found():
            assert time.monotonic() < deadline, f"did not happen in time; the runner said:\n{self.said}"
            time.sleep(0.05)

    def names(self, container: str = "runs") -> set[str]:
        prefix = f"{self.run_id}/1/"
        found = self.service.blobs.get_container_client(container).list_blob_names(name_starts_with=prefix)
        return {name.removeprefix(prefix) for name in found}

    @property
    def said(self) -> str:
        return (self.home / "stdout.txt").read_text(errors="replace")

    @property
    def std_log(self) -> str:
        return self.text("user_logs/std_log.txt")

    @property
    def completed(self) -> Document:
        return dict(json.loads(self.text("signals/completed.json")))

    @cached_property
    def chunks(self) -> list[Document]:
        """All metric chunks, by number; the numbers have no gaps."""
        names = sorted(self.names("metrics"))
        assert names == [f"{number:08d}.json" for number in range(len(names))]
        return [json.loads(self.text(f"metrics/{name}")) for name in names]

    def points(self, name: str) -> list[Any]:
        return [value for chunk in self.chunks for series in chunk["series"] if series["name"] == name
                for value in series["values"]]


def lives(pid: int) -> bool:
    """Is there such a process, and does it still do anything?"""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
