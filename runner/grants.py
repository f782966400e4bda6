"""Exchanging the run token for URLs, each good for minutes, one blob and one right."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from runner.connections import Connections, Response
from runner.errors import Fenced, Refused
from runner.retry import persist
from runner.task import Task

NAMES_PER_CALL = 1000
# A grant is renewed this long before it expires, or in the last quarter of its life when that is shorter.
MARGIN_SECONDS = 60.0
SNAPSHOT = ("snapshot", "")


@dataclass(frozen=True)
class _Grant:
    url: str
    good_until: float  # on the monotonic clock


class Grants:
    """URLs by right ("write", "read", "files") and name, kept while they are good. Safe to use from many threads."""

    def __init__(self, task: Task, connections: Connections, renewed: Callable[[str], None] = lambda _: None) -> None:
        """``renewed`` is told of each new run token."""
        self._url = f"{task.api}/runs/{quote(task.run_id, safe='')}/attempts/{task.attempt}"
        self._token = task.token
        self._connections = connections
        self._renewed = renewed
        self._kept: dict[tuple[str, str], _Grant] = {}
        self._lock = threading.Lock()

    def url(self, right: str, name: str) -> str:
        """The URL for one blob. Raises Fenced, Refused or Outage."""
        kept = self._kept.get((right, name))
        if kept is None or time.monotonic() > kept.good_until:
            self._fetch([(right, name)])
            kept = self._kept.get((right, name))
        if kept is None:
            raise Refused(f"the service granted no {right} access to {name}")
        return kept.url

    def address(self, path: str) -> str:
        """The address of ``path`` below this attempt's."""
        return f"{self._url}/{path}"

    def forget(self, right: str, name: str) -> None:
        """Ask again next time: storage did not accept this one."""
        self._kept.pop((right, name), None)

    def ask(self, wanted: Mapping[str, Sequence[str]]) -> None:
        """Fetch grants ahead, in as few calls as the contract allows. Raises Fenced, Refused or Outage."""
        self._fetch([(right, name) for right, names in wanted.items() for name in names])

    def _fetch(self, pairs: Sequence[tuple[str, str]]) -> None:
        for start in range(0, len(pairs), NAMES_PER_CALL):
            with self._lock:
                self._call(pairs[start:start + NAMES_PER_CALL])

    def look_up(self, path: str, seconds: float | None = None) -> dict[str, Any]:
        """What the service says at ``path`` below this attempt's address. Raises Fenced, Refused or Outage.

        ``seconds``: so long it may take to answer, if that is longer than usual.
        """
        with self._lock:
            response = persist(lambda: self._connections.request("GET", self.address(path), self._headers(),
                                                                 seconds=seconds))
        _check(response)
        answer: dict[str, Any] = json.loads(response.body)
        return answer

    def _call(self, pairs: Sequence[tuple[str, str]]) -> None:
        request: dict[str, list[str]] = {}
        for right, name in pairs:
            if (right, name) != SNAPSHOT:
                request.setdefault(right, []).append(name)
        answer, good_until = self._exchange("grants", request)
        self._token = answer.get("token") or self._token
        self._renewed(self._token)
        self._keep(SNAPSHOT[0], {SNAPSHOT[1]: answer["snapshot"]}, good_until)
        for right in request:
            self._keep(right, answer.get(right, {}), good_until)

    def _keep(self, right: str, urls: Mapping[str, str], good_until: float) -> None:
        self._kept.update({(right, name): _Grant(url, good_until) for name, url in urls.items()})

    def exchange(self, path: str, request: Mapping[str, object]) -> tuple[dict[str, Any], float]:
        """What the service answers at ``path`` below this attempt's address, and when its URLs end (monotonic clock).

        Raises Fenced, Refused or Outage.
        """
        with self._lock:
            return self._exchange(path, request)

    def _exchange(self, path: str, request: Mapping[str, object]) -> tuple[dict[str, Any], float]:
        body = json.dumps(request).encode()
        asked = time.monotonic()
        response = persist(lambda: self._connections.request("POST", self.address(path), self._headers(), body))
        _check(response)
        answer = json.loads(response.body)
        return answer, asked + _good_for(answer["expires_at"], response)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}


def _check(response: Response) -> None:
    if response.status == 403:
        raise Fenced(_message(response))
    if response.status != 200:
        raise Refused(f"the service refused with HTTP {response.status}: {_message(response)}", response.status)


def _message(response: Response) -> str:
    """The sentence of a problem (RFC 9457), or the beginning of whatever it is."""
    try:
        return str(json.loads(response.body)["detail"])
    except (ValueError, KeyError, TypeError):
        return response.body[:500].decode("utf-8", "replace")


def _good_for(expires_at: str, response: Response) -> float:
    """Seconds a grant may be used, by the service's own clock where it tells it: the node's may be wrong."""
    expires = datetime.fromisoformat(expires_at.replace("Z", "+00:00")).timestamp()
    date = response.headers.get("Date")
    life = expires - (parsedate_to_datetime(date).timestamp() if date else time.time())
    return life - min(MARGIN_SECONDS, life / 4)
