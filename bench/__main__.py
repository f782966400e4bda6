"""``python -m bench [NAME ...]``: start a fresh system, measure it, print a table.

Ratios count; times are this machine's.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench import client, data_mount, data_tables, data_transfer, live_runs, many_runs, mpi_launch, runs, store
from bench.measure import Result
from bench.target import Target, target
from local.state import open_state
from local.system import System

MEASUREMENTS: dict[str, Callable[[Target], list[Result]]] = {
    "first_line": lambda target: [runs.first_line(target)],
    "commits": lambda target: [store.appends(target, callers) for callers in (1, 16)],
    "metric_points": runs.points,
    "fold": lambda target: [store.fold(target)],
    "snapshots": client.snapshots,
    "submission": lambda target: [client.submission(target)],
    "large_file": data_transfer.large_file,
    "small_files": data_transfer.small_files,
    "mounts": data_mount.mounts,
    "tables": data_tables.frames,
    "mpi_launch": lambda target: [mpi_launch.launch(target)],
    "many_runs": many_runs.at_once,
    "lists": lambda target: [store.listing(target)],
    "live_runs": live_runs.grown,
}
"""In this order: what leaves much behind comes last."""


def main() -> None:
    """Measure what is named, or everything, with a progress bar, and print the table."""
    names = _asked()
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="runspoor-bench-") as folder, System(open_state(Path(folder))) as system:
        measured = target(system)
        with Progress() as progress:
            for name in progress.track(names, description="Measuring"):
                progress.console.print(f"  {name}")
                results += MEASUREMENTS[name](measured)
    Console().print(_table(results))


def _asked() -> list[str]:
    parser = argparse.ArgumentParser("python -m bench", description="Measure a fresh local system against references.")
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help=f"what to measure, everything without it: {', '.join(MEASUREMENTS)}")
    names = parser.parse_args().names or list(MEASUREMENTS)
    if unknown := sorted(set(names) - set(MEASUREMENTS)):
        parser.error(f"there is no measurement {unknown[0]!r}: it is one of {', '.join(MEASUREMENTS)}")
    return [str(name) for name in names]


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
