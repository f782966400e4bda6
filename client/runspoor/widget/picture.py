"""What is known of a run, as HTML and as text. Pure: everything that comes from a run is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from html import escape

from runspoor.shapes import Run, Why
from runspoor.widget.plot import finite, line_chart, number

ENDED = ("Completed", "Failed", "Canceled")
COLOURS = {"Completed": "#2e7d32", "Failed": "#c62828", "Canceled": "#6d4c41", "Running": "#1565c0"}
OTHER_COLOUR = "#8a6d00"
MOST_PLOTS, MOST_VALUES, LOG_LINES, MOST_CHILDREN = 12, 30, 15, 20
STYLE = """<style>
.runspoor { border: 1px solid #8888; border-radius: 6px; padding: 10px 14px; font-family: system-ui, sans-serif; }
.runspoor .runspoor-status { color: #fff; border-radius: 9px; padding: 1px 9px; margin-left: 8px; }
.runspoor p { margin: 6px 0; }
.runspoor-plots { display: flex; flex-wrap: wrap; gap: 14px; }
.runspoor-plot { margin: 4px 0; color: inherit; } .runspoor-plot svg { display: block; color: #1565c0; }
.runspoor table td { padding: 1px 12px 1px 0; text-align: left; }
.runspoor pre { background: #8881; padding: 6px 8px; max-height: 17em; overflow: auto; margin: 6px 0 0; }
</style>"""


@dataclass(frozen=True)
class Child:
    """A child of a run. ``name``: what tells it from the others; ``value``: how good it is, if that is known."""

    run_id: str
    status: str
    name: str = ""
    value: str = ""


@dataclass(frozen=True)
class Picture:
    """A run at one moment. ``metrics``: the values of each series; ``log``: its output's last lines.

    ``children``: of a sweep its trials, the best first.

    ``trouble`` is a sentence when the rest is old because the backend does not answer.
    """

    run: Run
    why: Why | None = None
    metrics: Mapping[str, Sequence[object]] = field(default_factory=dict)
    log: Sequence[str] = ()
    trouble: str | None = None
    children: Sequence[Child] = ()

    @property
    def ended(self) -> bool:
        return self.run["status"] in ENDED


def html(picture: Picture) -> str:
    """The picture as an HTML fragment without scripts, which a saved notebook keeps."""
    run = picture.run
    colour = COLOURS.get(run["status"], OTHER_COLOUR)
    parts = [
        STYLE, '<div class="runspoor">', f"<b>{escape(run['run_id'])}</b> of {escape(run['experiment'])} on ",
        f"{escape(run['compute_target'])}<span class='runspoor-status' style='background:{colour}'>",
        f"{escape(run['status'])}</span> {escape(duration(run))}",
        *(f"<p>{escape(line)}</p>" for line in sentences(picture)),
        _plots(picture.metrics), _values(picture.metrics), _children(picture.children), _log(picture.log), "</div>",
    ]
    return "".join(parts)


def text(picture: Picture) -> str:
    """The picture for a terminal."""
    run = picture.run
    lines = [f"Run {run['run_id']} of {run['experiment']} on {run['compute_target']}: {run['status']} {duration(run)}"]
    lines += sentences(picture)
    lines += [f"  {name} = {value}" for name, value in last_values(picture.metrics)]
    lines += ["  " + _line(child) for child in picture.children[:MOST_CHILDREN]]
    lines += _more(picture.children)
    lines += ["", *picture.log] if picture.log else []
    return "\n".join(lines)


def sentences(picture: Picture) -> list[str]:
    """What is worth saying: why the run is where it is, or why it ended so."""
    said = [picture.trouble] if picture.trouble else []
    reason = picture.run["reason"]
    if picture.ended:
        return [*said, reason["message"]] if reason else said
    return [*said, f"{picture.why['summary']} {picture.why['next']}"] if picture.why else said


def duration(run: Run) -> str:
    """How long the script ran, or runs by now; nothing before it started."""
    if not run["started_at"]:
        return ""
    end = datetime.fromisoformat(_iso(run["ended_at"])) if run["ended_at"] else datetime.now(timezone.utc)
    seconds = int((end - datetime.fromisoformat(_iso(run["started_at"]))).total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def last_values(metrics: Mapping[str, Sequence[object]]) -> list[tuple[str, str]]:
    """The last value of each series, for reading."""
    return [(name, number(values[-1]) + (f"  ({len(values)} values)" if len(values) > 1 else ""))
            for name, values in metrics.items() if values]


def _iso(text: str) -> str:
    return text.replace("Z", "+00:00")


def _has_plot(values: Sequence[object]) -> bool:
    return sum(finite(value) is not None for value in values) > 1


def _plots(metrics: Mapping[str, Sequence[object]]) -> str:
    plotted = [line_chart(name, values) for name, values in metrics.items() if _has_plot(values)]
    more = f"<p>and {len(plotted) - MOST_PLOTS} more series</p>" if len(plotted) > MOST_PLOTS else ""
    return f'<div class="runspoor-plots">{"".join(plotted[:MOST_PLOTS])}</div>{more}' if plotted else ""


def _values(metrics: Mapping[str, Sequence[object]]) -> str:
    single = last_values({name: values for name, values in metrics.items() if not _has_plot(values)})
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in single[:MOST_VALUES])
    return f"<table>{rows}</table>" if rows else ""


def _line(child: Child) -> str:
    return f"{child.run_id} {child.name}: {child.status}" + (f", {child.value}" if child.value else "")


def _more(children: Sequence[Child]) -> list[str]:
    return [f"and {len(children) - MOST_CHILDREN} more runs"] if len(children) > MOST_CHILDREN else []


def _children(children: Sequence[Child]) -> str:
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in (c.run_id, c.name, c.status, c.value))}</tr>"
                   for c in children[:MOST_CHILDREN])
    return f"<table>{rows}</table>{''.join(f'<p>{line}</p>' for line in _more(children))}" if rows else ""


def _log(lines: Sequence[str]) -> str:
    return f"<pre>{escape(chr(10).join(lines[-LOG_LINES:]))}</pre>" if lines else ""
