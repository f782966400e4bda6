"""The sample app under the real azure-functions-runtime: what the local host runs, Azure's own engine runs."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.functions_host.host_process import SAMPLE_APP
from tests.integration.functions_runtime.runtime import FunctionFailedError, FunctionsRuntime


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file: Path = tmp_path_factory.mktemp("journal") / "journal"
    file.touch()
    return file


@pytest.fixture(scope="module")
def runtime(journal: Path) -> Iterator[FunctionsRuntime]:
    with FunctionsRuntime(SAMPLE_APP, {"JOURNAL": str(journal), "SPACE": "runtime", "TICK": "* * * * * *"}) as runtime:
        yield runtime


def noted(journal: Path, function: str) -> dict[str, object]:
    """The last line of the journal by ``function``."""
    lines: list[dict[str, object]] = [json.loads(line) for line in journal.read_text().splitlines()]
    return [line for line in lines if line["function"] == function][-1]


def test_http(runtime: FunctionsRuntime) -> None:
    answer = runtime.http("echo", "GET", "http://localhost/api/echo/a", route={"name": "a"}, query={"x": "1"})
    seen = answer.json()
    assert isinstance(seen, dict)
    assert (answer.status, seen["route"], seen["params"]) == (200, {"name": "a"}, {"x": "1"})
    assert runtime.http("body", "POST", "http://localhost/api/body", body=b"\x00\xff").body == b"\x00\xff"
    assert runtime.http("special", "GET", "http://localhost/api/files/special").body == b"special"


def test_http_function_that_fails(runtime: FunctionsRuntime) -> None:
    with pytest.raises(FunctionFailedError, match="RuntimeError: the secret of the trace"):
        runtime.http("broken", "GET", "http://localhost/api/broken")


def test_queue_and_outputs(runtime: FunctionsRuntime, journal: Path) -> None:
    runtime.queue("work", "message", "hello", dequeue_count=2)
    assert (noted(journal, "work")["body"], noted(journal, "work")["dequeue_count"]) == ("hello", 2)
    request = {"http": {"method": "POST", "url": "http://localhost/", "headers": {}, "query": {}, "params": {},
                        "body": {"string": '["a", "b"]'}}}
    assert runtime.invoke("send", {"req": request})["outputs"] == {"out": {"json": '["a", "b"]'}}


def test_blob_feed_and_timer(runtime: FunctionsRuntime, journal: Path) -> None:
    runtime.blob("completed", "blob", "signals-runtime/run/1/completed.json", b"{}")
    assert (noted(journal, "completed")["body"], noted(journal, "completed")["length"]) == ("{}", 2)
    runtime.documents("steady", "documents", [{"id": "a"}, {"id": "b"}])
    assert noted(journal, "steady_done")["ids"] == ["a", "b"]
    runtime.timer("tick", "timer", past_due=True)
    assert noted(journal, "tick")["past_due"] is True
