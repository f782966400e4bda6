"""Settings, connections, host.json, keys, retry policies, queue messages."""

import json
from pathlib import Path

import azure.functions as func
import pytest
from starlette.requests import Request

from local.host import host_json, keys, outputs, retry
from local.host.connections import Connections
from local.host.listening import Backoff
from local.host.settings import ConfigurationError, Settings, local_values

AZURITE = "UseDevelopmentStorage=true"


def test_expressions() -> None:
    settings = Settings({"Queue": "work", "EMPTY": ""})
    assert settings.expand("a-%QUEUE%-b%empty%") == "a-work-b"
    with pytest.raises(ConfigurationError, match="set Absent"):
        settings.expand("%Absent%")


def test_numbers() -> None:
    assert Settings({"A": "0.5"}).number("a", 1) == 0.5
    assert Settings({"A": ""}).number("a", 1) == 1
    with pytest.raises(ConfigurationError, match="A must be a number"):
        Settings({"A": "x"}).number("A", 1)


def test_local_settings(tmp_path: Path) -> None:
    assert local_values(tmp_path) == {}
    (tmp_path / "local.settings.json").write_text('{"Values": {"A": "1", "B": 2}}')
    assert local_values(tmp_path) == {"A": "1", "B": "2"}
    (tmp_path / "local.settings.json").write_text("[")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        local_values(tmp_path)


@pytest.mark.parametrize(("name", "values"), [
    ("Storage", {"Storage": AZURITE}), ("Storage", {"AzureWebJobsStorage": AZURITE}),
    ("", {"AzureWebJobsStorage": AZURITE}),
    ("storage", {"STORAGE__queueServiceUri": "http://127.0.0.1:10001/devstoreaccount1"}),
])
def test_queue_connections(name: str, values: dict[str, str]) -> None:
    queues = Connections(Settings(values)).get(name).queues
    assert queues.url.rstrip("/") == "http://127.0.0.1:10001/devstoreaccount1"
    assert queues.credential.account_name == "devstoreaccount1"


def test_an_account_in_azure_is_reached_by_identity() -> None:
    connection = Connections(Settings({"S__accountName": "mine"})).get("S")
    assert connection.blobs.url == "https://mine.blob.core.windows.net/"
    assert type(connection.blobs.credential).__name__ == "DefaultAzureCredential"


def test_missing_connections() -> None:
    with pytest.raises(ConfigurationError, match="setting Absent"):
        Connections(Settings({})).get("Absent")
    with pytest.raises(ConfigurationError, match="S__queueServiceUri"):
        _ = Connections(Settings({"S__x": "1"})).get("S").queues
    with pytest.raises(ConfigurationError, match="S__accountEndpoint"):
        _ = Connections(Settings({"S__x": "1"})).get("S").cosmos


def test_host_json_defaults() -> None:
    options = host_json.parse({})
    assert options == host_json.HostOptions()


def test_host_json() -> None:
    options = host_json.parse(json.loads("""{"functionTimeout": "-1", "extensions": {"http": {"routePrefix": ""},
        "queues": {"batchSize": 4, "maxDequeueCount": 2, "visibilityTimeout": "00:00:30", "maxPollingInterval": 2000,
                   "messageEncoding": "none"}, "blobs": {"poisonBlobThreshold": 3}}}"""))
    assert (options.route_prefix, options.function_timeout, options.poison_blob_threshold) == ("", None, 3)
    assert options.queues == host_json.QueueOptions(4, 2, 2, 30, 2, "none")


@pytest.mark.parametrize("section", [{"batchSize": 0}, {"batchSize": "4"}, {"visibilityTimeout": "30"},
                                     {"messageEncoding": "utf8"}])
def test_host_json_refused(section: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"batchSize|time span|messageEncoding"):
        host_json.parse({"extensions": {"queues": section}})


@pytest.mark.parametrize(("level", "key", "admitted"), [
    ("anonymous", "", True), ("function", "f", True), ("function", "m", True), ("function", "x", False),
    ("function", "", False), ("admin", "f", False), ("admin", "m", True),
])
def test_keys(level: str, key: str, admitted: bool) -> None:
    request = Request({"type": "http", "headers": [(b"x-functions-key", key.encode())], "query_string": b""})
    known = keys.from_settings(Settings({"RUNSPOOR_KEY": "f", "RUNSPOOR_MASTER_KEY": "m"}))
    assert known.admit(level, request) is admitted
    assert keys.from_settings(Settings({"RUNSPOOR_KEY": ""})).admit(level, request) is (level == "anonymous")


def test_retry_policies() -> None:
    assert retry.parse(None) is None
    fixed = retry.parse({"strategy": "fixed_delay", "max_retry_count": "2", "delay_interval": "00:00:03"})
    assert fixed
    assert [fixed.pause(retries) for retries in range(3)] == [3, 3, None]
    growing = retry.parse({"strategy": "exponential_backoff", "max_retry_count": "-1", "minimum_interval": "00:00:01",
                           "maximum_interval": "00:00:30"})
    assert growing
    assert [growing.pause(retries) for retries in (0, 1, 4, 5, 5000)] == [1, 2, 16, 30, 30]


@pytest.mark.parametrize("setting", [
    {"strategy": "never", "max_retry_count": "1"}, {"strategy": "fixed_delay", "max_retry_count": "x"},
    {"strategy": "fixed_delay", "max_retry_count": "1"},
    {"strategy": "fixed_delay", "max_retry_count": "1", "delay_interval": "00:00:00.5"},
])
def test_retry_policies_refused(setting: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match="retry policy"):
        retry.parse(setting)


@pytest.mark.parametrize(("value", "bodies"), [
    ("ä", ["ä".encode()]), (b"\xff", [b"\xff"]), (["a", b"b"], [b"a", b"b"]), ([{"x": 1}], [b'{"x": 1}']), ([], []),
    (func.QueueMessage(body="c"), [b"c"]),
])
def test_output_messages(value: object, bodies: list[bytes]) -> None:
    assert outputs.messages(value) == bodies


@pytest.mark.parametrize("encoding", host_json.ENCODINGS)
def test_message_encoding(encoding: str) -> None:
    body = "grüße".encode()
    assert outputs.decode(outputs.encode(body, encoding), encoding) == body


def test_backoff() -> None:
    backoff = Backoff(0.3)
    assert [backoff(False) for _ in range(4)] == [0.05, 0.1, 0.2, 0.3]
    assert [backoff(True), backoff(False)] == [0, 0.05]
