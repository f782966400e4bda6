"""One line on stderr for each name of the era that a process uses."""

from __future__ import annotations

import sys

_said: set[str] = set()


def say_once(old: str, advice: str) -> None:
    """``old``: what the script wrote, with the library it is gone from; ``advice``: what to write instead."""
    if old not in _said:
        _said.add(old)
        print(f"runspoor: {old} is gone from the installed release: {advice}.", file=sys.stderr, flush=True)
