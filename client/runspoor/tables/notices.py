"""What a script should know and that stops nothing: said as if its own line had said it."""

from __future__ import annotations

import sys
import warnings

OURS = __name__.partition(".")[0]


def warn(message: str) -> None:
    """A UserWarning at the line outside of this package that asked for what it is about."""
    frame, level = sys._getframe(), 1
    while frame.f_back and str(frame.f_globals.get("__name__")).partition(".")[0] == OURS:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)
