"""HTTP triggers: routes, methods, keys, bodies, answers."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.integration.functions_host.host_process import KEY, MASTER_KEY, HostProcess


@pytest.mark.parametrize(("path", "route"), [
    ("/api/echo/plain", {"name": "plain"}),
    ("/api/ECHO/Plain/", {"name": "Plain"}),
    ("/api/echo/a%20b%2Bc", {"name": "a b+c"}),
    ("/api/echo/gr%C3%BC%C3%9Fe-%E7%8C%AB", {"name": "grüße-猫"}),
    ("/api/numbers/12", {"n": "12"}),
    ("/api/numbers/-3/more", {"n": "-3", "rest": "more"}),
    ("/api/files/a/b/c.txt", {"path": "a/b/c.txt"}),
    ("/api/files/a%2Fb", {"path": "a/b"}),
    ("/api/files", {}),
])
def test_route_parameters(host: HostProcess, path: str, route: dict[str, str]) -> None:
    answer = host.http.get(path)
    assert (answer.status_code, answer.json()["route"]) == (200, route)
    assert answer.json()["url"] == str(answer.url)


def test_the_more_exact_route_wins(host: HostProcess) -> None:
    assert host.http.get("/api/files/special").text == "special"


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/api/absent", 404), ("GET", "/echo/x", 404), ("GET", "/api/numbers/twelve", 404),
    ("GET", "/api/echo/a%2Fb", 404),  # as in Azure, an encoded slash is a slash
    ("POST", "/api/numbers/1", 405), ("HEAD", "/api/numbers/1", 405), ("HEAD", "/api/headers", 200),
    ("DELETE", "/api/nothing", 204), ("PATCH", "/api/echo/x", 200), ("GET", "/", 404),
])
def test_status(host: HostProcess, method: str, path: str, status: int) -> None:
    answer = host.http.request(method, path)
    assert answer.status_code == status
    if status != 200:
        assert answer.content == b""


def test_query_and_headers_arrive(host: HostProcess) -> None:
    answer = host.http.get("/api/echo/x?a=1&a=2&%C3%A4=%26&empty=", headers=[("X-One", "1"), ("X-One", "2")]).json()
    assert answer["params"] == {"a": "1,2", "ä": "&", "empty": ""}
    assert answer["headers"]["x-one"] == "1, 2"


def test_answer_headers_keep_their_number(host: HostProcess) -> None:
    answer = host.http.get("/api/headers")
    assert answer.text == "héllo"
    assert answer.headers["x-mixed-case"] == "Yes"
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_big_body_comes_back_whole(host: HostProcess) -> None:
    body = bytes(range(256)) * 40_000
    answer = host.http.post("/api/body", content=body)
    assert (answer.status_code, answer.content == body) == (201, True)


def test_a_body_above_the_limit_is_refused_before_it_is_sent(host: HostProcess) -> None:
    with socket.create_connection((host.http.base_url.host, host.http.base_url.port or 80)) as connection:
        connection.sendall(b"POST /api/body HTTP/1.1\r\nHost: x\r\nContent-Length: 104857601\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(("path", "good"), [("/api/guarded", {KEY, MASTER_KEY}), ("/api/administered", {MASTER_KEY})])
@pytest.mark.parametrize("key", [KEY, MASTER_KEY, "wrong", "", "ключ"])
def test_keys(host: HostProcess, path: str, good: set[str], key: str) -> None:
    status = 200 if key in good else 401
    by_header = host.http.get(path, headers={b"x-functions-key": key.encode()})
    by_query = host.http.get(path, params={"code": key})
    assert [by_header.status_code, by_query.status_code] == [status, status]
    assert status == 200 or by_header.content == b""


def test_no_key(host: HostProcess) -> None:
    assert host.http.get("/api/guarded").status_code == 401


@pytest.mark.parametrize("path", ["/api/broken", "/api/exits", "/api/wrong"])
def test_a_failing_function_is_a_bare_500(host: HostProcess, path: str) -> None:
    answer = host.http.get(path)
    assert (answer.status_code, answer.content) == (500, b"")
    assert host.http.get("/api/echo/alive").status_code == 200


def test_the_log_has_the_trace_and_one_line_per_invocation(host: HostProcess) -> None:
    host.http.get("/api/broken")
    assert "the secret of the trace" in host.log()
    invocation = host.http.get("/api/context").json()
    assert invocation["name"] == "in_context"
    assert invocation["retry"] == 0
    (line,) = [line for line in host.log().splitlines() if invocation["id"] in line]
    assert "in_context ok" in line


def test_sync_functions_run_side_by_side(host: HostProcess) -> None:
    def call(_: int) -> Any:
        return httpx.get(f"{host.http.base_url}/api/slow?seconds=0.5", timeout=20).text
    started = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(call, range(8))) == ["done"] * 8
    assert time.monotonic() - started < 2.5
