"""``runspoor datastores``."""

import os
import sys
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import Annotated, Optional

import typer

from runspoor.cli import show
from runspoor.cli.options import AsJson, Limit, Overwrite, To, known
from runspoor.cli.secret import asked
from runspoor.cli.session import part, session
from runspoor.sdk.local_files import files_below, files_named
from runspoor.sdk.store_path import store_path
from runspoor.transfer.stores import fetch, listed, send

app = typer.Typer(no_args_is_help=True, help="Datastores: blob containers, file shares and Data Lakes by a name.")
COLUMNS: show.Columns = (
    ("NAME", "name"), ("KIND", "kind"), ("ACCOUNT", "account"), ("CONTAINER", "container"), ("ACCESS", "access"),
    ("DEFAULT", lambda document: "yes" if document["is_default"] else ""),
)
DETAILS: show.Columns = (*COLUMNS, ("ENDPOINT", "endpoint"), ("CREATED", show.time_of("created_at")))
FILES: show.Columns = (("PATH", "path"), ("SIZE", show.bytes_of("size")), ("MODIFIED", show.time_of("modified")))
CREDENTIAL = "RUNSPOOR_DATASTORE_CREDENTIAL"
Name = Annotated[str, typer.Argument(metavar="DATASTORE", help="Its name, as in 'runspoor datastores list'.")]
Prefix = Annotated[str, typer.Argument(metavar="PREFIX", show_default="all", help="Only paths that begin so: t/ is a "
                                                                                  "folder, t also t2/a.")]


class Kind(str, Enum):
    """What it is."""

    BLOB = "blob"
    SHARE = "share"
    GEN2 = "gen2"


class Access(str, Enum):
    """By what the backend opens it."""

    IDENTITY = "identity"
    ACCOUNT_KEY = "account_key"
    SAS = "sas"


@app.command("list")
def list_(limit: Limit = 50, json: AsJson = False) -> None:
    """Datastores, newest first: where each is, and by what the backend opens it."""
    with session() as client:
        found = list(islice(client.api.pages("datastores"), limit))
    show.as_json(found) if json else show.table(found, COLUMNS)


@app.command("show")
def show_(name: Name, json: AsJson = False) -> None:
    """One datastore: where it is. Its key is never shown."""
    with session() as client:
        _shown(client.api.get(_address(name)).json(), json)


@app.command()
def register(
    name: Annotated[str, typer.Argument(metavar="DATASTORE", help="The name it gets: letters, digits and '_'.")],
    container: Annotated[str, typer.Argument(metavar="CONTAINER", help="The blob container, file share or file "
                                                                       "system.")],
    account: Annotated[str, typer.Option("--account", metavar="ACCOUNT", help="The storage account it is in.")],
    kind: Annotated[Kind, typer.Option("--kind", help="A blob container, an Azure Files share, or a file system of "
                                                      "Data Lake Storage Gen2.")] = Kind.BLOB,
    access: Annotated[Access, typer.Option("--access", help="The backend's identity, or a key or SAS that is taken "
                                                            f"from {CREDENTIAL} or asked for.")] = Access.IDENTITY,
    endpoint: Annotated[Optional[str], typer.Option("--endpoint", metavar="URL", help="Of the account's service, when "
                                                    "it is not the one in the public cloud.")] = None,
    create: Annotated[bool, typer.Option("--create", help="Make the container when there is none.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Let the name mean this one, also when it means "
                                                                "another one, or has another key, now.")] = False,
    json: AsJson = False,
) -> None:
    """Give a container a name by which scripts and runs use it: 'register images pictures --account mystorage'.

    The backend opens it first, and refuses what it cannot open. A key never stands on the command line.
    """
    credential = {} if access is Access.IDENTITY else {access.value: os.environ.get(CREDENTIAL) or asked(access.value)}
    body = {"name": name, "kind": kind.value, "account": account, "container": container, "overwrite": overwrite,
            "create_if_not_exists": create, **known(endpoint=endpoint), **credential}
    with session() as client:
        _shown(client.api.write("POST", "datastores", body).json(), json)


@app.command()
def unregister(name: Name, json: AsJson = False) -> None:
    """Forget a datastore and its key. The data stays."""
    with session() as client:
        _shown(client.api.write("DELETE", _address(name)).json(), json)


@app.command("set-default")
def set_default(name: Name, json: AsJson = False) -> None:
    """Make this datastore the one that is meant when a script or a run names none."""
    with session() as client:
        _shown(client.api.write("POST", "default-datastore", {"name": name}).json(), json)


@app.command()
def files(name: Name, prefix: Prefix = "", limit: Limit = 1000, json: AsJson = False) -> None:
    """The files of a datastore, by path, with sizes and times."""
    with session() as client:
        found = list(islice(listed(client.api, _address(name), prefix), limit))
    show.as_json(found) if json else show.table(found, FILES)


@app.command()
def upload(
    name: Name,
    source: Annotated[Path, typer.Argument(metavar="PATH", exists=True, help="A file, or a folder with all below it.")],
    to: Annotated[str, typer.Option("--to", metavar="FOLDER", show_default="its root",
                                    help="The folder of the datastore.")] = "",
    overwrite: Overwrite = False, json: AsJson = False,
) -> None:
    """Copy a file, or what is in a folder, to a datastore. What is there stays.

    'upload images ./train --to digits' writes digits/... Doing it again goes on where it was interrupted.
    """
    here, folder = (files_below if source.is_dir() else lambda file: files_named([file]))(source), store_path(to)
    placed = {f"{folder}/{path}" if folder else path: file for path, file in here.items()}
    with session() as client:
        _paths(send(client.api, _address(name), placed, overwrite, sys.stderr), json)


@app.command()
def download(
    name: Name, prefix: Prefix = "",
    to: To = Path(), overwrite: Overwrite = False, json: AsJson = False,
) -> None:
    """Copy files of a datastore here, each checked. What is here stays.

    They keep their whole paths: 'download images digits/ --to here' writes here/digits/...
    """
    with session() as client:
        found = fetch(client.api, _address(name), to, prefix, overwrite, sys.stderr)
    _paths([path.relative_to(to).as_posix() for path in found], json)


def _address(name: str) -> str:
    return f"datastores/{part(name)}"


def _shown(document: show.Document, json: bool) -> None:
    show.as_json(document) if json else show.fields(document, DETAILS)


def _paths(paths: list[str], json: bool) -> None:
    """For programs; people have been told on stderr."""
    if json:
        show.as_json([{"path": path} for path in paths])
