"""``runspoor datasets``."""

import sys
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from runspoor.cli import lineage, show
from runspoor.cli.options import AsJson, Limit, Overwrite, Tags, To, Version, known, pairs
from runspoor.cli.session import part, session
from runspoor.sdk.store_path import store_path
from runspoor.transfer.download import download as fetch
from runspoor.transfer.listing import Listing
from runspoor.transport import Transport

app = typer.Typer(no_args_is_help=True, help="Datasets: files and tables under a name, in versions.")
COLUMNS: show.Columns = (
    ("NAME", "name"), ("VERSION", "version"), ("KIND", "kind"), ("CREATED", show.time_of("created_at")),
    ("FILES", lambda document: (document.get("pin") or {}).get("files")),
    ("SIZE", lambda document: show.bytes_of("bytes")(document["pin"]) if document.get("pin") else ""),
    ("TAGS", "tags"), ("ID", "id"),
)
DETAILS: show.Columns = (
    *COLUMNS, ("DESCRIPTION", "description"),
    ("SOURCES", lambda document: "\n".join(map(_source, document["sources"]))),
    ("STEPS", lambda document: "\n".join(show.text({name: value for name, value in step.items() if value})
                                         for step in document.get("steps", ()))),
    ("READING", "reading"),
)
FILES: show.Columns = (("PATH", "path"), ("SIZE", show.bytes_of("size")))
FILES_PER_PAGE = 1_000
Name = Annotated[str, typer.Argument(metavar="DATASET", help="Its name, or the id of a version.")]
NewName = Annotated[str, typer.Argument(metavar="DATASET", help="Its name.")]


class Table(str, Enum):
    """The formats of tables."""

    DELIMITED = "delimited"
    PARQUET = "parquet"
    JSON_LINES = "json_lines"


app.command("lineage")(lineage.of_dataset)


@app.command("list")
def list_(limit: Limit = 50, json: AsJson = False) -> None:
    """Registered datasets: the newest version of each, with its files and their size."""
    with session() as client:
        found = list(islice(client.api.pages("datasets"), limit))
    show.as_json(found) if json else show.table(found, COLUMNS)


@app.command()
def versions(name: NewName, limit: Limit = 50, json: AsJson = False) -> None:
    """All versions of a dataset, newest first."""
    with session() as client:
        found = list(islice(client.api.pages(f"datasets/{part(name)}/versions"), limit))
    show.as_json(found) if json else show.table(found, COLUMNS)


@app.command("show")
def show_(name: Name, version: Version = None, json: AsJson = False) -> None:
    """A version of a dataset: where its data lies, how it is read, and what is said of it."""
    with session() as client:
        document = _document(client.api, name, version)
    show.as_json(document) if json else show.fields(document, DETAILS)


@app.command()
def files(name: Name, version: Version = None, limit: Limit = 1000, json: AsJson = False) -> None:
    """The files of a version of a dataset, by path."""
    with session() as client:
        found = list(islice(_files(client.api, _document(client.api, name, version)), limit))
    show.as_json(found) if json else show.table(found, FILES)


@app.command()
def download(
    name: Name, version: Version = None,
    to: To = Path(), overwrite: Overwrite = False, json: AsJson = False,
) -> None:
    """Copy the files of a version of a dataset here, each checked. What is here stays.

    A file that has changed since the dataset was registered is refused.
    """
    with session() as client:
        document = _document(client.api, name, version)
        listing = Listing(lambda: _files(client.api, document))
        found = fetch(listing.files(), to, existing="replace" if overwrite else "keep", renew=listing.renewed,
                      stream=sys.stderr)
    if json:
        show.as_json([{"path": path.relative_to(to).as_posix(), "size": path.stat().st_size} for path in found])


@app.command()
def register(
    name: NewName,
    paths: Annotated[list[str], typer.Argument(
        metavar="PATHS...", help="Addresses of the web, or DATASTORE:PATH, in which * and ? stand for characters of "
                                 "one name, and ** for folders.")],
    table: Annotated[Optional[Table], typer.Option("--table", help="It is a table: rows, in files of this "
                                                                   "format.")] = None,
    tag: Tags = None,
    description: Annotated[Optional[str], typer.Option("--description", help="What it is, in your words.")] = None,
    new_version: Annotated[bool, typer.Option("--new-version", help="Make a further version when the name has one of "
                                                                    "other content.")] = False,
    json: AsJson = False,
) -> None:
    """Give files a name: 'register digits "workspaceblobstore:digits/**/*.gz"'.

    The version is the files that are there now: what comes later is no part of it, and a change is noticed.
    """
    body: dict[str, Any] = {
        "name": name, "kind": "tabular" if table else "file", "sources": [*map(_asked, paths)], "tags": pairs(tag),
        "create_new_version": new_version, **known(description=description),
        **({"reading": {"format": table.value}} if table else {})}
    with session() as client:
        document = client.api.write("POST", "datasets", body).json()
    show.as_json(document) if json else show.fields(document, DETAILS)


def _document(api: Transport, name: str, version: Optional[str]) -> Any:
    kind = "dataset-ids" if version is None and lineage.ID.fullmatch(name) else "datasets"
    return api.get(f"{kind}/{part(name)}", {"version": version}).json()


def _files(api: Transport, document: show.Document) -> Any:
    return api.pages(f"dataset-ids/{part(document['id'])}/files", {"limit": FILES_PER_PAGE})


def _asked(path: str) -> dict[str, str]:
    if "://" in path:
        return {"url": path}
    datastore, colon, inner = path.partition(":")
    if not colon:
        raise typer.BadParameter(f"{path!r} is neither an address nor of the form DATASTORE:PATH")
    return {"datastore": datastore, "path": store_path(inner)}


def _source(source: show.Document) -> str:
    return str(source["url"] or f"{source['datastore']}:{source['path']}")
