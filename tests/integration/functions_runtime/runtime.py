"""Run the functions of an app under the real azure-functions-runtime, in a process of its own.

    with FunctionsRuntime(app, {"AzureWebJobsStorage": "..."}) as runtime:
        answer = runtime.http("create_run", "POST", "/api/runs", body=b"{}")
"""

import base64
import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[3]
# Requires-Python says 3.13 and newer, but it runs on 3.11 and 3.12 as well. It needs azure-functions beside it.
REQUIREMENTS = ("azure-functions-runtime==1.3.0", "azurefunctions-extensions-base==1.2.0")
_HOME = ROOT / ".runspoor" / "tools" / "azure-functions-runtime-1.3.0"

Typed = Mapping[str, object]


class FunctionFailedError(Exception):
    """A function raised under the runtime, or the runtime would not load the app; with the runtime's own text."""


@dataclass(frozen=True)
class HttpAnswer:
    """What an HTTP function answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> object:
        """The parsed body."""
        return json.loads(self.body)


class FunctionsRuntime:
    """The runtime with one app loaded. ``settings`` are added to the environment. Raises FunctionFailedError."""

    def __init__(self, app: Path, settings: Mapping[str, str]) -> None:
        environment = {**os.environ, **settings, "PYTHONPATH": str(install())}
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("runtime_host.py")), str(app)], env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            functions = self._answer()["functions"]
            self.functions = functions if isinstance(functions, list) else []
        except FunctionFailedError:
            self.stop()
            raise

    def invoke(self, function: str, data: Mapping[str, Typed],
               metadata: Mapping[str, Typed] | None = None) -> dict[str, object]:
        """Run ``function`` with the values of its parameters; ``{"returned": ..., "outputs": {...}}``."""
        assert self._process.stdin is not None
        asked = {"function": function, "data": data, "metadata": metadata or {}}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def http(self, function: str, method: str, url: str, *, parameter: str = "req",
             route: Mapping[str, str] | None = None, query: Mapping[str, str] | None = None,
             headers: Mapping[str, str] | None = None, body: bytes = b"") -> HttpAnswer:
        """Call an HTTP function, as the host does after it has matched the route and checked the key."""
        request = {"method": method, "url": url, "headers": dict(headers or {}), "query": dict(query or {}),
                   "params": dict(route or {}), "body": _bytes(body)}
        returned = self.invoke(function, {parameter: {"http": request}})["returned"]
        assert isinstance(returned, dict)
        if "http" not in returned:
            return HttpAnswer(200, {}, returned["string"].encode())
        http = returned["http"]
        return HttpAnswer(int(http["status_code"]), http["headers"], base64.b64decode(http["body"]["bytes"]))

    def queue(self, function: str, parameter: str, body: str, dequeue_count: int = 1) -> dict[str, object]:
        """Give a queue message to a function."""
        metadata = {"Id": {"string": "message-1"}, "DequeueCount": {"string": str(dequeue_count)}}
        return self.invoke(function, {parameter: {"string": body}}, metadata)

    def blob(self, function: str, parameter: str, name: str, body: bytes) -> dict[str, object]:
        """Give a blob to a function; ``name`` is ``container/blob``."""
        properties = {"json": json.dumps({"ContentLength": len(body)})}
        metadata = {"BlobTrigger": {"string": name}, "Uri": {"string": f"http://127.0.0.1/{name}"},
                    "Properties": properties, "Metadata": {"json": "{}"}}
        return self.invoke(function, {parameter: _bytes(body)}, metadata)

    def documents(self, function: str, parameter: str, documents: list[dict[str, object]]) -> dict[str, object]:
        """Give documents of the change feed to a function."""
        return self.invoke(function, {parameter: {"json": json.dumps(documents)}})

    def timer(self, function: str, parameter: str, past_due: bool = False) -> dict[str, object]:
        """Let a timer be due."""
        return self.invoke(function, {parameter: {"json": json.dumps({"IsPastDue": past_due})}})

    def stop(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.stop()

    def _answer(self) -> dict[str, object]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        answer: dict[str, object] = json.loads(line) if line else {"error": "the runtime died"}
        if "error" in answer:
            raise FunctionFailedError(str(answer["error"]))
        return answer


def install() -> Path:
    """The directory that holds the runtime, installed from PyPI unless it is there already."""
    _HOME.parent.mkdir(parents=True, exist_ok=True)
    with _HOME.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _HOME.exists():
            fresh = _HOME.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                            "--no-deps", "--ignore-requires-python", "--target", str(fresh), *REQUIREMENTS], check=True)
            fresh.rename(_HOME)
    return _HOME


def _bytes(body: bytes) -> Typed:
    return {"bytes": base64.b64encode(body).decode()}
