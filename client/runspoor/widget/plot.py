"""A series of numbers as a small SVG picture. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, MARGIN = 260, 90, 6
MOST_POINTS = 200
"""More points than that no eye tells apart at this width."""


def line_chart(name: str, values: Sequence[object]) -> str:
    """An SVG element with the finite numbers of ``values`` as a line, by their position; gaps where there are none."""
    points = thinned([(index, y) for index, value in enumerate(values) if (y := finite(value)) is not None])
    low, high = min(y for _, y in points), max(y for _, y in points)
    shown = [(_scaled(x, 0, max(len(values) - 1, 1), WIDTH), HEIGHT - _scaled(y, low, high, HEIGHT)) for x, y in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in shown)
    last_x, last_y = shown[-1]
    return (
        f'<figure class="runspoor-plot"><figcaption>{escape(name)} <b>{number(points[-1][1])}</b></figcaption>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{escape(name, quote=True)}: {len(values)} values from {number(low)} to {number(high)}">'
        f'<polyline points="{path}" fill="none" stroke="currentColor" stroke-width="1.5"/>'
        f'<circle cx="{last_x:.1f}" cy="{last_y:.1f}" r="2.5" fill="currentColor"/></svg>'
        f"<small>{number(low)} to {number(high)}, {len(values)} values</small></figure>"
    )


def finite(value: object) -> float | None:
    """``value`` if it has a place on the axis: a finite number that a float can hold, and not a boolean."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def thinned(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """At most about ``MOST_POINTS`` of the points: of each stretch its lowest and its highest, and always the last."""
    stretch = 2 * math.ceil(len(points) / MOST_POINTS)
    if stretch <= 2:
        return points
    kept: list[tuple[int, float]] = []
    for start in range(0, len(points), stretch):
        part = points[start:start + stretch]
        kept += sorted({min(part, key=lambda point: point[1]), max(part, key=lambda point: point[1])})
    return kept if kept[-1] == points[-1] else [*kept, points[-1]]


def number(value: object) -> str:
    """A number with four significant digits; anything else as it is."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _scaled(value: float, low: float, high: float, size: int) -> float:
    span = high / 2 - low / 2  # The whole span of two finite numbers may be infinite.
    share = (value / 2 - low / 2) / span if span > 0 else 0.5
    return MARGIN + share * (size - 2 * MARGIN)
