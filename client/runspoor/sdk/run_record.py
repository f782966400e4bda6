"""One run as the backend has it: every request about a run passes here, and fails with the errors of v1."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from runspoor.errors import NotFound
from runspoor.sdk.exceptions import UserErrorException, translated
from runspoor.transport import Answer, Json, Query

if TYPE_CHECKING:
    from runspoor.client import Client
    from runspoor.sdk.workspace import Workspace

Document = dict[str, Any]
"""A run as ``GET runs/{run_id}`` answers; one from a list has neither definition nor properties."""


class RunRecord:
    """The run ``run_id``, and what was last seen of it. ``known``: what has been seen of it already."""

    def __init__(self, workspace: Workspace, run_id: str, known: Document | None = None) -> None:
        self.workspace, self._known = workspace, known
        self.id = run_id
        self.path = f"runs/{quote(run_id, safe='')}"

    def now(self) -> Document:
        """The run as it is now."""
        self._known = self.get("").json()
        return self._known

    def seen(self) -> Document:
        """The run as it was last seen, whole; read when it has not been."""
        return self._known if self._known and "definition" in self._known else self.now()

    def known(self) -> Document | None:
        """The run as it was last seen, if it ever was. No request is made."""
        return self._known

    def status(self) -> str:
        """The status that was last seen."""
        return str((self._known or self.now())["status"])

    @translated()
    def get(self, tail: str, query: Query | None = None) -> Answer:
        """Read what is below the run: ``/why``, or nothing for the run itself."""
        return self.workspace.api.get(self.path + tail, query)

    def pages(self, tail: str, query: Query | None = None) -> Iterator[Any]:
        """The items of a list below the run."""
        with translated():
            yield from self.workspace.api.pages(self.path + tail, query)

    @translated()
    def write(self, method: str, tail: str, body: Json = None, key: str | None = None) -> Any:
        """Write below the run; returns the answer, which is seen when it is the run itself."""
        answer = self.workspace.api.write(method, self.path + tail, body, key).json()
        if isinstance(answer, dict) and answer.get("run_id") == self.id and "definition" in answer:
            self._known = answer
        return answer

    def found(self, tail: str, query: Query | None = None) -> Answer | None:
        """As ``get``; None for what the run does not have."""
        try:
            return self.get(tail, query)
        except UserErrorException as error:
            if isinstance(error.inner_exception, NotFound):
                return None
            raise

    @contextmanager
    def client(self) -> Iterator[Client]:
        """The client, its errors turned into those of v1."""
        with translated():
            yield self.workspace.client
