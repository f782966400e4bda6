"""A log of a run on the screen, as it grows."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING
from urllib.parse import quote

from runspoor.client import ATTEMPT, COMPLETE, NEXT_OFFSET

if TYPE_CHECKING:
    from runspoor.sdk.run_record import RunRecord

__all__ = ["GrowingLog"]


class GrowingLog:
    """The log ``name`` of a run; each look goes on where the last one ended."""

    def __init__(self, record: RunRecord, name: str) -> None:
        self._record, self._name = record, name
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._offset, self._attempt = 0, ""
        self.begun = False
        """Whether something of it is on the screen."""

    def more(self) -> tuple[str, bool]:
        """The new text, and whether that was all. Of a new attempt nothing is read yet: its log begins anew."""
        answer = self._record.found(f"/logs/{quote(self._name)}", {"offset": self._offset})
        if answer is None:
            return "", True
        attempt = answer.headers[ATTEMPT]
        if self._offset and attempt != self._attempt:
            self._offset, self.begun = 0, False
            self._decoder.reset()
            return "", False
        self._attempt, self._offset = attempt, int(answer.headers[NEXT_OFFSET])
        complete = answer.headers[COMPLETE] == "true"
        return self._decoder.decode(answer.content, final=complete), complete

    def show(self, text: str) -> None:
        """Print ``text``, below a title when it is the first."""
        if text and not self.begun:
            title = f"Streaming {self._name}" + (f" of attempt {self._attempt}" if int(self._attempt) > 1 else "")
            print(f"\n{title}\n{'=' * len(title)}\n")
            self.begun = True
        print(text, end="", flush=True)
