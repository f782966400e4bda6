"""Requests over connections that are kept."""

import pytest

from runner import connections
from runner.connections import Connections
from tests.scripted_server import Answer, scripted_server


def test_a_slow_answer_is_waited_for_where_one_is_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "TIMEOUT_SECONDS", 0.2)
    with scripted_server() as server:
        server.answers = [Answer(), Answer(delay=0.8)]
        pool = Connections()
        try:
            for seconds in (None, 5.0, 5.0):
                assert pool.request("GET", f"{server.url}/a", {}, seconds=seconds).status == 200
            with pytest.raises(TimeoutError):
                pool.request("GET", f"{server.url}/a", {})
        finally:
            pool.close()
        assert len({asked.port for asked in server.asked}) == 1
