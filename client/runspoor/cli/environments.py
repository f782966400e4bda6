"""``runspoor environments``."""

from itertools import islice
from typing import Annotated, Optional

import typer

from runspoor.cli import show
from runspoor.cli.environment_options import Image, Python, Requirements, Variables, definition
from runspoor.cli.options import AsJson, Limit, Version
from runspoor.cli.session import part, session

app = typer.Typer(no_args_is_help=True, help="Environments: what scripts find installed.")


def _of(name: str, inner: Optional[str] = None) -> show.Source:
    """A value of the definition, or one within it."""
    def value(document: show.Document) -> object:
        found = document["definition"].get(name)
        return found if inner is None or not found else found.get(inner)

    return value


COLUMNS: show.Columns = (("NAME", "name"), ("VERSION", "version"), ("CREATED", show.time_of("created_at")))
DETAILS: show.Columns = (
    *COLUMNS, ("PYTHON", _of("python")), ("PYTHON VERSION", _of("packages", "python_version")),
    ("PIP", _of("packages", "pip")), ("CONDA", _of("packages", "conda")), ("CHANNELS", _of("packages", "channels")),
    ("IMAGE", _of("image", "name")), ("VARIABLES", _of("variables")),
)
Name = Annotated[str, typer.Argument(metavar="ENVIRONMENT")]


@app.command("list")
def list_(limit: Limit = 100, json: AsJson = False) -> None:
    """Environments, the newest version of each."""
    with session() as client:
        found = list(islice(client.api.pages("environments"), limit))
    show.as_json(found) if json else show.table(found, COLUMNS)


@app.command("show")
def show_(name: Name, version: Version = None, json: AsJson = False) -> None:
    """What a version of an environment has."""
    with session() as client:
        document = client.api.get(f"environments/{part(name)}", {"version": version}).json()
    show.as_json(document) if json else show.fields(document, DETAILS)


@app.command()
def register(name: Name, python: Python = None, requirements: Requirements = None, image: Image = None,
             variable: Variables = None, json: AsJson = False) -> None:
    """Make a new version of an environment; the same content again is the same version."""
    with session() as client:
        body = {"name": name, **definition(python, requirements, image, variable)}
        document = client.api.write("POST", "environments", body).json()
    show.as_json(document) if json else show.fields(document, DETAILS)
