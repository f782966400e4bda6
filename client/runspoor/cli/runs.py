"""``runspoor runs``: what runs are and do."""

from itertools import islice
from typing import Annotated, Optional

import typer

from runspoor.cli import compare, lineage, metrics, run_files, show, sweep
from runspoor.cli.options import AsJson, Limit, RunId
from runspoor.cli.session import part, session

app = typer.Typer(no_args_is_help=True, help="Runs: list and watch them, and fetch what they left.")
COLUMNS: show.Columns = (
    ("RUN", "run_id"), ("EXPERIMENT", "experiment"), ("STATUS", "status"), ("TARGET", "compute_target"),
    ("SUBMITTED", show.time_of("submitted_at")), ("ENDED", show.time_of("ended_at")), ("TAGS", "tags"),
)
DETAILS: show.Columns = (
    *COLUMNS, ("NAME", "display_name"), ("DESCRIPTION", "description"), ("PARENT", "parent"), ("ATTEMPT", "attempt"),
    ("NODES", "nodes"), ("DISTRIBUTION", "distribution"), ("PRIORITY", "priority"), ("NODE SECONDS", "node_seconds"),
    ("STARTED", show.time_of("started_at")), ("REASON", show.reason), ("EXIT CODE", "exit_code"),
    ("OUTPUTS", "outputs"), ("PROPERTIES", "properties"),
)
WHY: show.Columns = (("STATUS", "status"), ("SECONDS", "seconds"), ("WHY", "summary"), ("NEXT", "next"))
EVENTS: show.Columns = (("VERSION", "version"), ("AT", "at"), ("EVENT", "type"), ("BY", "actor"))

app.command("compare")(compare.compare)
app.command("metrics")(metrics.metrics)
app.command("lineage")(lineage.of_run)
for command in (run_files.logs, run_files.files, run_files.download, sweep.children, sweep.sweep):
    app.command()(command)


@app.command("list")
def list_(
    experiment: Annotated[Optional[str], typer.Option("--experiment", help="Only of this experiment.")] = None,
    status: Annotated[Optional[str], typer.Option("--status", help="Only with this status, such as Running.")] = None,
    compute_target: Annotated[Optional[str], typer.Option("--compute-target", help="Only on this target.")] = None,
    children: Annotated[bool, typer.Option("--children", help="Children of other runs too, such as trials.")] = False,
    limit: Limit = 20, json: AsJson = False,
) -> None:
    """Runs, newest first, with status and tags."""
    where = {"experiment": experiment, "status": status, "compute_target": compute_target,
             "root": None if children else "true"}
    with session() as client:
        found = list(islice(client.api.pages("runs", where), limit))
    show.as_json(found) if json else show.table(found, COLUMNS)


@app.command("show")
def show_(
    run: RunId,
    version: Annotated[Optional[int], typer.Option("--version", help="As it was after so many events.")] = None,
    json: AsJson = False,
) -> None:
    """One run: where it is, how it ended, what it left."""
    with session() as client:
        document = client.run(run, version)
    show.as_json(document) if json else show.fields(document, DETAILS)


@app.command()
def why(run: RunId, json: AsJson = False) -> None:
    """Why a run is where it is, and what comes next."""
    with session() as client:
        document = client.why(run)
    show.as_json(document) if json else show.fields(document, WHY)


@app.command()
def events(run: RunId, json: AsJson = False) -> None:
    """Everything that happened to a run."""
    with session() as client:
        found = list(client.events(run))
    show.as_json(found) if json else show.table(found, EVENTS)


@app.command()
def cancel(
    run: RunId,
    reason: Annotated[Optional[str], typer.Option("--reason", help="Kept with the run.")] = None,
    json: AsJson = False,
) -> None:
    """Ask a run to end. Its script gets SIGTERM and some seconds; what it wrote is kept."""
    with session() as client:
        document = client.api.write("POST", f"runs/{part(run)}/cancel", {"reason": reason}).json()
    show.as_json(document) if json else show.fields(document, DETAILS)
