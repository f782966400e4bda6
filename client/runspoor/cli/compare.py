"""``runspoor runs compare``."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import typer

from runspoor.cli import show
from runspoor.cli.options import AsJson
from runspoor.cli.session import part, session
from runspoor.client import Client
from runspoor.numbers import plain

__all__ = ["compare"]

PLAIN = ("status", "experiment", "compute_target", "submitted_at", "started_at", "ended_at")
PARALLEL = 8


def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Two or more.")],
    changed: Annotated[bool, typer.Option("--changed", help="Only what is not the same for all.")] = False,
    json: AsJson = False,
) -> None:
    """Runs side by side: what they were given, their tags, and the last values of their metrics."""
    with session() as client, ThreadPoolExecutor(PARALLEL) as pool:
        found = list(pool.map(lambda run: _all_of(client, run), runs))
    if json:
        show.as_json(found)
        return
    facts = [dict(_facts(each["run"], each["metrics"])) for each in found]
    names = dict.fromkeys(name for fact in facts for name in fact)
    rows = [[name, *(fact.get(name, "") for fact in facts)] for name in names]
    kept = [row for row in rows if not changed or len(set(row[1:])) > 1]
    show.table(kept, [("", _column(0)), *((run, _column(number)) for number, run in enumerate(runs, 1))])


def _all_of(client: Client, run: str) -> dict[str, Any]:
    return {"run": client.api.get(f"runs/{part(run)}").json(),
            "metrics": list(client.api.pages(f"runs/{part(run)}/metrics"))}


def _facts(run: Mapping[str, Any], metrics: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    yield from ((name, show.text(run.get(name))) for name in PLAIN)
    yield from _parameters(run["definition"])
    yield from ((f"tag {name}", value) for name, value in sorted(run["tags"].items()))
    yield from ((f"metric {each['name']}", show.text(plain(each["last"]))) for each in metrics)


def _parameters(definition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """``--name value`` and ``--name=value`` each by its name, other arguments by their place."""
    launch = definition.get("launch") or {}
    given = [show.text(argument) for argument in launch.get("arguments") or launch.get("command") or ()]
    place = number = 0
    while place < len(given):
        name, equals, value = given[place].partition("=")
        if not name.startswith("--"):
            number += 1
            yield f"argument {number}", given[place]
        elif not equals and place + 1 < len(given) and not given[place + 1].startswith("--"):
            place += 1
            yield f"argument {name}", given[place]
        else:
            yield f"argument {name}", value or "yes"
        place += 1


def _column(number: int) -> Any:
    return lambda row: row[number]
