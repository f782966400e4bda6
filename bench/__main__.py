"""``python -m bench``: start a fresh system, measure it, print a table. Ratios count; times are this machine's."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench import client, data_mount, data_tables, data_transfer, runs, store
from bench.measure import Result
from bench.target import Target, target
from local.state import open_state
from local.system import System

MEASUREMENTS: dict[str, Callable[[Target], list[Result]]] = {
    "submit to first line": lambda target: [runs.first_line(target)],
    "commits, 1 caller": lambda target: [store.appends(target, 1)],
    "commits, 16 callers": lambda target: [store.appends(target, 16)],
    "metric points": runs.points,
    "fold": lambda target: [store.fold(target)],
    "snapshots": client.snapshots,
    "submission": lambda target: [client.submission(target)],
    "one large file": data_transfer.large_file,
    "many small files": data_transfer.small_files,
    "mounts": data_mount.mounts,
    "a large table": data_tables.frames,
    "lists": lambda target: [store.listing(target)],
}


def main() -> None:
    """Measure everything, with a progress bar, and print the table."""
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="runspoor-bench-") as folder, System(open_state(Path(folder))) as system:
        measured = target(system)
        with Progress() as progress:
            for name in progress.track(MEASUREMENTS, description="Measuring"):
                progress.console.print(f"  {name}")
                results += MEASUREMENTS[name](measured)
    Console().print(_table(results))


def _table(results: list[Result]) -> Table:
    table = Table("measured", "value", "against", "value", "ratio")
    for result in results:
        table.add_row(result.name, _number(result.value, result.unit), result.reference_name,
                      _number(result.reference, result.unit), f"{result.ratio:.2f}")
    return table


def _number(value: float, unit: str) -> str:
    return f"{value:,.3g} {unit}" if value < 100 else f"{value:,.0f} {unit}"


if __name__ == "__main__":
    main()
