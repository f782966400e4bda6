"""Metrics as small plots of characters."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence

import plotext  # type: ignore[import-untyped]  # It says nothing of its types.

__all__ = ["drawn"]

HEIGHT = 12
WIDTH = 100
MOST = 2_000
"""More points than a terminal has columns only take time."""


def drawn(name: str, values: Sequence[object]) -> str | None:
    """A plot of the finite numbers among ``values``; None when there are not two of them."""
    numbers = [value for value in values if isinstance(value, (int, float)) and math.isfinite(value)]
    if len(numbers) < 2:
        return None
    step = math.ceil(len(numbers) / MOST)
    points = range(1, len(numbers) + 1, step)
    figure = plotext.figure
    figure.clear()
    figure.plot_size(min(WIDTH, shutil.get_terminal_size().columns or WIDTH), HEIGHT)
    figure.title(name)
    figure.draw(figure.signal(list(points), [float(value) for value in numbers[::step]]).lines())
    return "\n".join(line.rstrip() for line in str(plotext.uncolorize(figure.build())).splitlines())
