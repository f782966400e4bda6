"""``runspoor models``."""

import sys
from itertools import islice
from pathlib import Path
from typing import Annotated, Optional

import typer

from runspoor.cli import lineage, show
from runspoor.cli.options import AsJson, Limit, Overwrite, Tags, To, Version, known, pairs
from runspoor.cli.session import part, session

app = typer.Typer(no_args_is_help=True, help="Models: versions of files that runs left, or that were uploaded.")
COLUMNS: show.Columns = (
    ("NAME", "name"), ("VERSION", "version"), ("CREATED", show.time_of("created_at")), ("RUN", "run_id"),
    ("FILES", "files"), ("SIZE", show.bytes_of("bytes")), ("TAGS", "tags"),
)
DETAILS: show.Columns = (*COLUMNS, ("PATH", "path"), ("EXPERIMENT", "experiment"), ("FRAMEWORK", "framework"),
                         ("PROPERTIES", "properties"), ("DESCRIPTION", "description"))
Name = Annotated[str, typer.Argument(metavar="MODEL", help="Its name.")]
Run = Annotated[Optional[str], typer.Option("--run", metavar="RUN", help="The run that made it.")]

app.command("lineage")(lineage.of_model)


@app.command("list")
def list_(
    name: Annotated[Optional[str], typer.Option("--name", help="Only versions of this model.")] = None,
    tag: Annotated[Optional[str], typer.Option("--tag", metavar="NAME[=VALUE]", help="Only those so tagged.")] = None,
    run: Run = None, limit: Limit = 50, json: AsJson = False,
) -> None:
    """Versions of models, newest first."""
    with session() as client:
        found = list(islice(client.api.pages("models", {"name": name, "tag": tag, "run_id": run}), limit))
    show.as_json(found) if json else show.table(found, COLUMNS)


@app.command("show")
def show_(name: Name, version: Version = None, json: AsJson = False) -> None:
    """A version of a model: where it comes from, and what is said of it."""
    with session() as client:
        document = client.api.get(f"models/{part(name)}", {"version": version}).json()
    show.as_json(document) if json else show.fields(document, DETAILS)


@app.command()
def download(
    name: Name, version: Version = None,
    to: To = Path(), overwrite: Overwrite = False, json: AsJson = False,
) -> None:
    """Copy the files of a version of a model here, each checked. What is here stays."""
    from runspoor.sdk.model_files import fetch

    with session() as client:
        path = f"models/{part(name)}"
        document = client.api.get(path, {"version": version}).json()
        fetch(client.api, path, document["version"], to, "replace" if overwrite else "keep", sys.stderr)
    show.as_json(document) if json else show.fields(document, DETAILS)


@app.command()
def register(
    name: Name,
    path: Annotated[str, typer.Argument(metavar="PATH", help="A file or folder here, or with --run one of the run's.")],
    run: Run = None, tag: Tags = None,
    description: Annotated[Optional[str], typer.Option("--description", help="What it is, in your words.")] = None,
    json: AsJson = False,
) -> None:
    """Make a new version of a model: 'register digits outputs/model.pkl --run RUN', or of files that are here."""
    from runspoor.sdk.model_files import files_at
    from runspoor.sdk.model_files import register as upload

    said = {"name": name, "tags": pairs(tag), **known(description=description)}
    with session() as client:
        if run is None:
            document = upload(client.api, said, files_at(path))
        else:
            document = client.api.write("POST", "models", {**said, "run_id": run, "path": path}).json()
    show.as_json(document) if json else show.fields(document, DETAILS)
