"""``runspoor compute``."""

from itertools import islice
from typing import Annotated, Optional

import typer

from runspoor.cli import show
from runspoor.cli.options import AsJson, Limit, known
from runspoor.cli.session import part, session

app = typer.Typer(no_args_is_help=True, help="Compute targets: pools of nodes that run scripts.")
COLUMNS: show.Columns = (
    ("NAME", "name"), ("VM SIZE", "vm_size"), ("NODES", "nodes"), ("MIN", "min_nodes"), ("MAX", "max_nodes"),
    ("IDLE S", "idle_seconds_before_scaledown"), ("PRIORITY", "vm_priority"), ("STATE", "provisioning_state"),
    ("REASON", show.reason),
)
POOL: show.Columns = (*COLUMNS, ("POOL", lambda document: (document.get("pool") or {}).get("nodes")),
                      ("PROBLEMS", lambda document: (document.get("pool") or {}).get("problems")))
Name = Annotated[str, typer.Argument(metavar="TARGET")]
Min = Annotated[Optional[int], typer.Option("--min-nodes", min=0, help="Nodes that are kept.")]
Max = Annotated[Optional[int], typer.Option("--max-nodes", min=1, help="Nodes there may be.")]
Idle = Annotated[Optional[int], typer.Option("--idle-seconds", min=0, help="How long a node waits for the next run.")]


@app.command("list")
def list_(limit: Limit = 50, json: AsJson = False) -> None:
    """Compute targets, and how many nodes they have."""
    with session() as client:
        found = list(islice(client.api.pages("compute-targets"), limit))
    show.as_json(found) if json else show.table(found, COLUMNS)


@app.command("show")
def show_(name: Name, json: AsJson = False) -> None:
    """One compute target, with what Batch says of its nodes."""
    with session() as client:
        document = client.api.get(f"compute-targets/{part(name)}").json()
    show.as_json(document) if json else show.fields(document, POOL)


@app.command()
def create(
    name: Name,
    vm_size: Annotated[str, typer.Option("--vm-size", help="Such as Standard_D2s_v3.")],
    min_nodes: Min = None, max_nodes: Max = None, idle_seconds: Idle = None,
    low_priority: Annotated[bool, typer.Option("--low-priority", help="Cheaper nodes that may be taken away.")] = False,
    json: AsJson = False,
) -> None:
    """Create a compute target. One that is the same already is left as it is."""
    body = known(name=name, vm_size=vm_size, min_nodes=min_nodes, max_nodes=max_nodes,
                 idle_seconds_before_scaledown=idle_seconds, vm_priority="low_priority" if low_priority else None)
    _write("POST", "compute-targets", body, json)


@app.command()
def update(name: Name, min_nodes: Min = None, max_nodes: Max = None, idle_seconds: Idle = None,
           json: AsJson = False) -> None:
    """Change how many nodes there may be, and how long they wait."""
    body = known(min_nodes=min_nodes, max_nodes=max_nodes, idle_seconds_before_scaledown=idle_seconds)
    _write("PATCH", f"compute-targets/{part(name)}", body, json)


@app.command()
def delete(name: Name, json: AsJson = False) -> None:
    """Delete a compute target. Runs that wait for it or run on it fail."""
    _write("DELETE", f"compute-targets/{part(name)}", None, json)


def _write(method: str, path: str, body: object, json: bool) -> None:
    with session() as client:
        document = client.api.write(method, path, body).json()
    show.as_json(document) if json else show.fields(document, COLUMNS)
