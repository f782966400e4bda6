"""``runspoor submit``."""

import io
import sys
import time
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from runspoor.cli import runs, show
from runspoor.cli.distribution import Distribution, Nodes, Priority, Processes, Servers, TorchBackend
from runspoor.cli.distribution import distribution as spreading
from runspoor.cli.environment_options import Image, Python, Requirements, Variables, definition
from runspoor.cli.exit_codes import ENDED
from runspoor.cli.options import AsJson, Tags, known, pairs
from runspoor.cli.session import part, session
from runspoor.cli.waiting import until_begun
from runspoor.client import Client
from runspoor.errors import NotFound
from runspoor.snapshot import git

__all__ = ["submit"]

POLL_SECONDS = 0.5
COPIED = ("python", "packages", "image", "variables")
"""Of a registered environment: a run has its own copy, and goes on to mean the same."""


def submit(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="The source folder.")],
    script: Annotated[str, typer.Argument(help="The script, as a path in the folder.")],
    arguments: Annotated[Optional[list[str]], typer.Argument(help="What the script gets.")] = None,
    experiment: Annotated[str, typer.Option("--experiment", "-e", help="What the run belongs to.")] = "default",
    compute_target: Annotated[str, typer.Option(
        "--compute-target", "-c", help="Where it runs; 'local' is this machine.")] = "local",
    environment: Annotated[Optional[str], typer.Option(
        "--environment", metavar="NAME[:VERSION]", help="A registered environment.")] = None,
    python: Python = None, requirements: Requirements = None, image: Image = None, variable: Variables = None,
    distribution: Distribution = None, nodes: Nodes = None, processes: Processes = None,
    parameter_servers: Servers = None, backend: TorchBackend = None, priority: Priority = None, tag: Tags = None,
    name: Annotated[Optional[str], typer.Option("--name", help="How the run is called in lists.")] = None,
    max_seconds: Annotated[Optional[int], typer.Option("--max-seconds", min=1, help="Ended after so long.")] = None,
    max_attempts: Annotated[Optional[int], typer.Option("--max-attempts", min=1, help="Nodes may be lost.")] = None,
    key: Annotated[Optional[str], typer.Option("--key", help="The same key again is the same run again.")] = None,
    wait: Annotated[bool, typer.Option("--wait", "-w", help="Print what the script prints; end when it ends.")] = False,
    json: AsJson = False,
) -> None:
    """Freeze a folder and run a script of it. Options stand before FOLDER: what follows SCRIPT is the script's.

    Only files that the backend has not yet are uploaded. Prints the id of the run.
    """
    given = definition(python, requirements, image, variable)
    spread = spreading(distribution, nodes=nodes, processes=processes, parameter_servers=parameter_servers,
                       backend=backend and backend.value)
    with session() as client:
        body = {"experiment": experiment, "compute_target": compute_target, "script": script,
                "arguments": arguments or [], "tags": pairs(tag), "properties": git.properties(folder),
                "environment": {**_registered(client, environment), **given},
                **spread, **known(display_name=name, priority=priority and priority.value, max_attempts=max_attempts,
                                  max_run_duration_seconds=max_seconds)}
        snapshot = client.snapshot(folder, stream=io.StringIO() if json else sys.stderr)
        run = client.api.write("POST", "runs", {**body, "snapshot_id": snapshot}, key).json()
        if compute_target.lower() == "local" and run["status"] not in ENDED:
            _begin_here(run)
        if wait:
            print(f"run: {run['run_id']}", file=sys.stderr, flush=True)  # Whoever stops waiting knows what goes on.
            run = _watched(client, run["run_id"], sys.stderr if json else sys.stdout)
    if json:
        show.as_json(run)
    else:
        print(run["run_id"]) if not wait else show.fields(run, runs.DETAILS)
    raise typer.Exit(ENDED[run["status"]] if wait else 0)


def _registered(client: Client, environment: Optional[str]) -> dict[str, Any]:
    if environment is None:
        return {}
    name, _, version = environment.partition(":")
    found = client.api.get(f"environments/{part(name)}", {"version": version or None}).json()
    return {"name": found["name"], "version": found["version"],
            **known(**{each: found["definition"].get(each) for each in COPIED})}


def _begin_here(run: dict[str, Any]) -> None:
    from runspoor.sdk.experiment import Experiment
    from runspoor.sdk.local_run import start
    from runspoor.sdk.script_run import ScriptRun
    from runspoor.sdk.workspace import Workspace

    workspace = Workspace("", "", "runspoor")
    start(ScriptRun(Experiment(workspace, run["experiment"], _create_in_cloud=False), run["run_id"]))


def _watched(client: Client, run_id: str, stream: Any) -> dict[str, Any]:
    """The run when it has ended; ``stream`` gets what its script prints meanwhile."""
    until_begun(client, run_id)
    try:
        for text in client.logs(run_id):
            stream.write(text)
            stream.flush()
    except NotFound:
        pass  # It ended before its script printed anything.
    while (run := client.api.get(f"runs/{part(run_id)}").json())["status"] not in ENDED:
        time.sleep(POLL_SECONDS)
    return dict(run)
