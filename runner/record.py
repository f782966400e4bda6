"""The runner's own log: into a file that is shipped, and to standard error, which Batch keeps."""

from __future__ import annotations

import logging
import re
from pathlib import Path

# The query of a granted URL is its signature.
SECRET = re.compile(r"\?[^\s'\"]+=[^\s'\"]+")


def scrub(text: str) -> str:
    """The text without what signs a URL."""
    return SECRET.sub("?...", text)


class _Scrubbed(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


def start(path: Path) -> None:
    """Log to ``path`` and standard error from now on."""
    form = _Scrubbed("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s")
    for target in (logging.FileHandler(path, encoding="utf-8", errors="replace"), logging.StreamHandler()):
        target.setFormatter(form)
        logging.getLogger("runner").addHandler(target)
    logging.getLogger("runner").setLevel(logging.INFO)
