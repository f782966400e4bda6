"""``runspoor runs logs``, ``files`` and ``download``."""

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Optional

import typer

from runspoor.cli import show
from runspoor.cli.options import AsJson, RunId, To
from runspoor.cli.session import part, session
from runspoor.cli.waiting import until_begun
from runspoor.client import STD_LOG
from runspoor.errors import NotFound
from runspoor.shapes import File

__all__ = ["download", "files", "logs"]

COLUMNS: show.Columns = (("NAME", "name"), ("SIZE", show.bytes_of("size")), ("MODIFIED", show.time_of("modified")))
PARALLEL = 8


def logs(
    run: RunId,
    name: Annotated[str, typer.Argument(help="Which log; 'runspoor runs logs RUN --json' lists them.")] = STD_LOG,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the log is complete.")] = False,
    json: AsJson = False,
) -> None:
    """What the script has printed so far, or another log. With --json: which logs there are."""
    with session() as client:
        if json:
            show.as_json(list(client.api.pages(f"runs/{part(run)}/logs")))
            return
        if follow and name == STD_LOG:
            until_begun(client, run)
        for text in client.logs(run, name, follow=follow):
            sys.stdout.write(text)
            sys.stdout.flush()


def files(
    run: RunId,
    prefix: Annotated[str, typer.Argument(help="Only names that begin so, such as outputs/.")] = "",
    json: AsJson = False,
) -> None:
    """The files of a run: outputs and logs."""
    with session() as client:
        found = client.files(run, prefix)
    show.as_json(found) if json else show.table(found, COLUMNS)


def download(
    run: RunId,
    names: Annotated[Optional[list[str]], typer.Argument(
        help="Files, or folders with / at the end; none: outputs/.")] = None,
    to: To = Path(),
    json: AsJson = False,
) -> None:
    """Download files of a run, each checked. They keep their names below the folder --to."""
    with session() as client:
        wanted = [name for each in names or ["outputs/"] for name in _names(client.files(run, each), each)]

        def fetch(name: str) -> object:
            target = _below(to, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            return client.download(run, name, target)

        with ThreadPoolExecutor(PARALLEL) as pool:
            found = list(pool.map(fetch, wanted))
    show.as_json(found) if json else show.table(found, COLUMNS)


def _names(found: Sequence[File], wanted: str) -> list[str]:
    """A folder's files, or exactly the file."""
    names = [file["name"] for file in found if wanted.endswith("/") or file["name"] == wanted]
    if not names:
        raise NotFound(404, f"The run has no file {wanted!r}: 'runspoor runs files RUN' lists those it has.")
    return names


def _below(folder: Path, name: str) -> Path:
    """Names come from scripts: none may lead out of the folder."""
    target = folder / name
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise OSError(f"{name!r} would lie outside of {folder}: it is not downloaded.")
    return target
