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
        """What has been written since, clean."""
        with self.raw.open("rb") as file:
            file.seek(position)
            return self.clean(file.read().decode("utf-8", "replace"))

    def clean(self, text: str) -> str:
        """The text without credentials: of URLs, and values of variables that are called like secrets."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return scrub(USER_INFO.sub(r"\1***@", text))

    def step(self) -> None:
        self._copy(b"\n")
        self._shipping.step()

    def finish(self) -> None:
        self._copy(b"")
        self._shipping.finish()

    def _copy(self, up_to: bytes) -> None:
        """Clean what has come: a line that is not whole yet may end in the middle of a secret."""
        with self.raw.open("rb") as raw, self._clean.open("ab") as clean:
            raw.seek(self._read)
            content = raw.read()
            whole = content[:content.rfind(up_to) + len(up_to)] if up_to else content
            clean.write(self.clean(whole.decode("utf-8", "replace")).encode())
        self._read += len(whole)
