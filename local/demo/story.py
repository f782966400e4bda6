"""What the demo does, in order. Whatever is not as promised ends it with a sentence and exit code 1."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TextIO, cast

from rich.console import Console
from runspoor.client import Client
from runspoor.errors import NotFound, RunspoorError
from runspoor.shapes import Run

from local.demo import show
from local.demo.phases import Phases, follow
from local.state import open_state
from local.system import System

SOURCE = Path(__file__).resolve().parents[2] / "examples" / "digits"
EXPERIMENT, COMPUTE, MODEL = "digits", "cpu", "outputs/model.joblib"
EPOCHS = 12
LEAST_ACCURACY = 0.9


class Broken(Exception):
    """Something is not as promised."""


def tell(state: Path, console: Console, source: Path = SOURCE) -> int:
    """Run the demo on a state directory, with the scripts in ``source``; gives the exit code."""
    show.heading(console, f"Starting Cosmos DB and Batch emulators, Azurite and the Functions host in {state}")
    with System(open_state(state.resolve())) as system, Client(system.url, system.state.key) as client:
        try:
            _run(client, console, state, source)
        except (Broken, RunspoorError) as error:
            console.print(f"\nNot as promised: {error}\nLogs are in {state / 'logs'}.", style="red", highlight=False)
            return 1
        show.heading(console, "Stopping everything")
    console.print(f"All as promised. The events stay in {state}: run it again and this run is listed first.",
                  highlight=False, soft_wrap=True)
    return 0


def _run(client: Client, console: Console, state: Path, source: Path) -> None:
    show.runs(console, list(client.runs(experiment=EXPERIMENT)))
    client.create_compute_target(COMPUTE, "standard_d2s_v3", max_nodes=2)
    snapshot = client.snapshot(source, stream=cast("TextIO", console.file))
    console.print(f"The folder {source.name} is frozen as snapshot {snapshot[:16]}…", highlight=False)
    run = client.submit(
        EXPERIMENT, snapshot, COMPUTE, script="train.py", arguments=["--epochs", str(EPOCHS)],
        environment={"python": sys.executable}, tags={"demo": "digits"},
    )
    show.heading(console, f"Run {run['run_id']}")
    run = _watch(client, console, run["run_id"])
    said = run["reason"]["message"] if run["reason"] else "no reason is given"
    _promise(run["status"] == "Completed", f"the run is {run['status']}: {said}")
    _check_metrics(client, console, run)
    _check_files(client, console, run["run_id"], state, source)
    _check_history(client, console, run)


def _watch(client: Client, console: Console, run_id: str) -> Run:
    """Show phases and the script's output while they happen; gives the run when it has ended."""
    with Phases(console) as phases, ThreadPoolExecutor(1) as pool:
        ended = pool.submit(follow, client, run_id, phases)
        for line in _lines(client, run_id):
            phases.say(line)
        return ended.result()


def _lines(client: Client, run_id: str) -> Iterator[str]:
    rest = ""
    try:
        for text in client.logs(run_id):
            *whole, rest = (rest + text).split("\n")
            yield from whole
    except NotFound:
        return  # The run ended before its script wrote anything; its status says why.
    if rest:
        yield rest


def _check_metrics(client: Client, console: Console, run: Run) -> None:
    metrics = client.metrics(run["run_id"])
    curve = client.points(run["run_id"], "learning_curve")
    show.metrics(console, metrics, curve)
    accuracy = metrics["accuracy"]["last"]
    _promise(isinstance(accuracy, float) and accuracy > LEAST_ACCURACY, f"the accuracy is {accuracy}")
    _promise(len(curve) == EPOCHS, f"the learning curve has {len(curve)} points instead of {EPOCHS}")
    _promise(metrics["digits"]["count"] == 10, f"{metrics['digits']['count']} rows were logged instead of 10")
    _promise(run["tags"] == {"demo": "digits", "model": "sgd"}, f"the tags are {run['tags']}")


def _check_files(client: Client, console: Console, run_id: str, state: Path, source: Path) -> None:
    files = client.files(run_id)
    show.files(console, files)
    stored = {file["name"]: file["sha256"] for file in files}
    _promise(MODEL in stored, f"there is no {MODEL}")
    model = state / "downloads" / f"{run_id}.joblib"
    model.parent.mkdir(exist_ok=True)
    client.download(run_id, MODEL, model)
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    _promise(digest == stored[MODEL], f"the downloaded model has checksum {digest} instead of {stored[MODEL]}")
    show.heading(console, f"Reading digits with {model}, whose checksum is right")
    done = subprocess.run([sys.executable, str(source / "predict.py"), str(model)], capture_output=True, text=True,
                          check=False)
    console.print(done.stdout, markup=False, highlight=False, end="")
    _promise(done.returncode == 0, f"the model cannot read digits. {done.stderr}")


def _check_history(client: Client, console: Console, run: Run) -> None:
    events = list(client.events(run["run_id"]))
    show.events(console, events)
    versions = [event["version"] for event in events]
    _promise(versions == list(range(run["version"])), f"the versions of the events are {versions}")


def _promise(kept: bool, otherwise: str) -> None:
    if not kept:
        raise Broken(otherwise)
