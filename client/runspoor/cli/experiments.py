"""``runspoor experiments``."""

from itertools import islice
from typing import Annotated

import typer

from runspoor.cli import show
from runspoor.cli.options import AsJson, Limit
from runspoor.cli.session import part, session

app = typer.Typer(no_args_is_help=True, help="Experiments: what runs belong to.")
COLUMNS: show.Columns = (("NAME", "name"), ("CREATED", show.time_of("created_at")), ("ARCHIVED", "archived"),
                         ("TAGS", "tags"), ("DESCRIPTION", "description"))
Name = Annotated[str, typer.Argument(metavar="EXPERIMENT")]


@app.command("list")
def list_(
    archived: Annotated[bool, typer.Option("--archived", help="Those that are archived instead.")] = False,
    limit: Limit = 50, json: AsJson = False,
) -> None:
    """Experiments, newest first."""
    with session() as client:
        found = list(islice(client.api.pages("experiments", {"archived": "true" if archived else None}), limit))
    show.as_json(found) if json else show.table(found, COLUMNS)


@app.command()
def archive(name: Name, json: AsJson = False) -> None:
    """Hide an experiment from lists. Its runs stay as they are."""
    _change(name, "archive", json)


@app.command()
def reactivate(name: Name, json: AsJson = False) -> None:
    """Show an archived experiment again."""
    _change(name, "reactivate", json)


def _change(name: str, verb: str, json: bool) -> None:
    with session() as client:
        document = client.api.write("POST", f"experiments/{part(name)}/{verb}").json()
    show.as_json(document) if json else show.fields(document, COLUMNS)
