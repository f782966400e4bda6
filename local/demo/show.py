"""Tables and pictures of what a run left."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from runspoor.shapes import Event, File, Metric, Row, Run, Scalar

BARS = "▁▂▃▄▅▆▇█"


def heading(console: Console, text: str) -> None:
    console.print(f"\n{text}", style="bold", highlight=False, markup=False, soft_wrap=True)


def runs(console: Console, found: Sequence[Run]) -> None:
    """Earlier runs, newest first."""
    if found:
        title = f"{len(found)} earlier run{'' if len(found) == 1 else 's'}"
        _table(console, title, ("run", "status", "submitted", "events"),
               [(run["run_id"], run["status"], _second(run["submitted_at"]), str(run["version"])) for run in found[:5]])


def metrics(console: Console, found: Mapping[str, Metric], curve: Sequence[Scalar | Row]) -> None:
    """All metrics, and one of them as a curve."""
    rows = [(name, metric["kind"], str(metric["count"]), _short(metric["last"])) for name, metric in found.items()]
    _table(console, "Metrics", ("name", "kind", "points", "last"), rows)
    values = [float(value) for value in curve if isinstance(value, int | float)]
    console.print(f"learning curve  {sparkline(values)}  {values[0]:.3f} to {values[-1]:.3f}", highlight=False)


def files(console: Console, found: Sequence[File]) -> None:
    _table(console, "Outputs", ("name", "bytes", "sha256"),
           [(file["name"], str(file["size"]), f"{(file['sha256'] or '')[:32]}…") for file in found])


def events(console: Console, found: Sequence[Event]) -> None:
    """The whole history of a run."""
    _table(console, "What happened", ("version", "time", "event", "caused by"),
           [(str(event["version"]), event["at"][11:23], event["type"], event["caused_by"]) for event in found])


def sparkline(values: Sequence[float]) -> str:
    """One bar per value, from the least to the greatest."""
    low, high = min(values), max(values)
    scale = (len(BARS) - 1) / (high - low) if high > low else 0
    return "".join(BARS[round((value - low) * scale)] for value in values)


def _table(console: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    heading(console, title)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(column, no_wrap=column != columns[-1])
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _short(value: Scalar | Row) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_short(each)}" for name, each in value.items())
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _second(time: str) -> str:
    return time[:19].replace("T", " ")
