"""``system_logs/environment.txt``: what was decided and what the tools said, without anybody's secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from runner.blobs import Blobs
from runner.follow import LogFile
from runner.names import BUILD_LOG
from runner.record import scrub

USER_INFO = re.compile(r"(://)[^/\s'\"]*@")
NAME_OF_SECRET = re.compile(r"TOKEN|SECRET|PASSW|KEY|CREDENTIAL|CONNECTION|SAS", re.IGNORECASE)
SHORTEST_SECRET = 6
# A tool may write any amount: so much of it is in memory at once, and so much of its end is quoted.
COPY_BYTES = 1024 * 1024
TAIL_BYTES = 64 * 1024


class BuildLog:
    """Tools write into ``raw``, which stays on the node; whole lines of it are shipped live once they are clean."""

    def __init__(self, blobs: Blobs, folder: Path, variables: Mapping[str, str]) -> None:
        self.raw, self._clean = folder / "environment.raw.txt", folder / "environment.txt"
        for path in (self.raw, self._clean):
            path.write_bytes(b"")
        self._secrets = [value for name, value in variables.items()
                         if NAME_OF_SECRET.search(name) and len(value) >= SHORTEST_SECRET]
        self._shipping = LogFile(blobs, self._clean, BUILD_LOG)
        self._read = 0

    def say(self, sentence: str) -> None:
        """A line of our own."""
        with self.raw.open("ab") as file:
            file.write(f"runspoor: {sentence}\n".encode("utf-8", "replace"))

    def position(self) -> int:
        """Where in ``raw`` the next words will stand."""
        return self.raw.stat().st_size

    def since(self, position: int) -> str:
        """The end of what has been written since, clean."""
        with self.raw.open("rb") as file:
            file.seek(max(position, self.position() - TAIL_BYTES))
            return self.clean(file.read().decode("utf-8", "replace"))

    def clean(self, text: str) -> str:
        """The text without credentials: of URLs, and values of variables that are called like secrets."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return scrub(USER_INFO.sub(r"\1***@", text))

    def step(self) -> None:
        self._copy()
        self._shipping.step()

    def finish(self) -> None:
        while self._copy(is_last=True):
            pass
        self._shipping.finish()

    def _copy(self, *, is_last: bool = False) -> int:
        """Clean some of what has come, and give its bytes. Half a line may end in the middle of a secret."""
        with self.raw.open("rb") as raw, self._clean.open("ab") as clean:
            raw.seek(self._read)
            content = raw.read(COPY_BYTES)
            is_more, end = len(content) == COPY_BYTES, content.rfind(b"\n") + 1
            if (is_last and not is_more) or (is_more and not end):
                end = len(content)
            clean.write(self.clean(content[:end].decode("utf-8", "replace")).encode())
        self._read += end
        return end
