"""An app that cannot be run says why, in one sentence, and the host ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ENTRY = "import azure.functions as func\napp = func.FunctionApp()\n"
ONE = "@app.route('one')\ndef one(req: func.HttpRequest) -> str:\n    return 'one'\n"


def start(directory: Path, source: str | None, host_json: str | None = '{"version": "2.0"}') -> str:
    """What the host says on its way out."""
    if source is not None:
        (directory / "function_app.py").write_text(source)
    if host_json is not None:
        (directory / "host.json").write_text(host_json)
    command = [sys.executable, "-m", "local.host", "--app", str(directory), "--port", "0", "--state", str(directory)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AzureWebJobs")}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    return ended.stderr.splitlines()[-1]


@pytest.mark.parametrize(("source", "host_json", "says"), [
    (None, '{"version": "2.0"}', "holds no function_app.py"),
    (ENTRY, None, "holds no host.json"),
    (ENTRY, '{"extensions": {"queues": {"batchSize": 33}}}', "batchSize must be a whole number from 1 to 32, not 33"),
    (ENTRY, '{"version": "2.0"}', "has no functions"),
    (ENTRY + ONE + "again = app\n", '{"version": "2.0"}', "exactly one FunctionApp under one name, and holds 2"),
    (ENTRY + ONE + ONE, '{"version": "2.0"}', "does not have a unique function name"),
    (ENTRY + "@app.queue_trigger('m', 'q', 'Absent')\ndef f(m: func.QueueMessage) -> None: ...\n",
     '{"version": "2.0"}', "the connection Absent is not set"),
])
def test_start_is_refused(tmp_path: Path, source: str | None, host_json: str | None, says: str) -> None:
    assert says in start(tmp_path, source, host_json)
