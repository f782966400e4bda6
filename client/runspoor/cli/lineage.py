"""``runspoor runs lineage`` and its sisters: what data, runs and models came of, and what came of them."""

import re
from typing import Annotated, Optional

import typer

from runspoor.cli import show
from runspoor.cli.lineage_picture import mermaid, tree
from runspoor.cli.options import AsJson, RunId, Version
from runspoor.cli.session import part, session

__all__ = ["of_dataset", "of_model", "of_run"]

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Depth = Annotated[Optional[int], typer.Option("--depth", min=1, show_default="3",
                                                    help="So many steps away from it, at most 10.")]


def of_run(run: RunId, depth: Depth = None, json: AsJson = False) -> None:
    """What a run came of, and what came of it: a tree, or Mermaid text in a pipe."""
    _print(f"runs/{part(run)}/lineage", None, depth, json)


def of_dataset(
    name: Annotated[str, typer.Argument(metavar="DATASET", help="Its name, or the id of a version.")],
    version: Version = None, depth: Depth = None, json: AsJson = False,
) -> None:
    """The runs and models of a dataset, and what it came of: a tree, or Mermaid text in a pipe."""
    kind = "dataset-ids" if version is None and ID.fullmatch(name) else "datasets"
    _print(f"{kind}/{part(name)}/lineage", version, depth, json)


def of_model(
    name: Annotated[str, typer.Argument(metavar="MODEL", help="Its name.")],
    version: Version = None, depth: Depth = None, json: AsJson = False,
) -> None:
    """The run and the data that a version of a model came of: a tree, or Mermaid text in a pipe."""
    _print(f"models/{part(name)}/lineage", version, depth, json)


def _print(path: str, version: Optional[str], depth: Optional[int], json: bool) -> None:
    with session() as client:
        document = client.api.get(path, {"version": version, "depth": depth}).json()
    if json:
        show.as_json(document)
    elif show.is_watched():
        show.tree(tree(document))
    else:
        print(mermaid(document))
