"""Blobs of nodes have arrived: signals move the run, metric chunks become readable."""

import os

import azure.functions as func

from function_app import wiring
from shared.application import signals
from shared.application.backend import Cause
from shared.application.finalize import keep_chunk
from shared.application.react import react
from shared.application.sweep_reports import heard
from shared.domain.ids import run_stream
from shared.settings import STORAGE, blob_source

bp = func.Blueprint()
SOURCE = func.BlobSource(blob_source(os.environ))


def _place(blob: func.InputStream) -> tuple[str, int, str]:
    """Run, attempt and stem of ``container/run/attempt/stem.json``."""
    _, run_id, attempt, name = str(blob.name).split("/", 3)
    return run_id, int(attempt), name.removesuffix(".json")


@bp.function_name("signal_arrived")
@bp.blob_trigger(arg_name="blob", path="signals/{run}/{attempt}/{signal}.json", connection=STORAGE, source=SOURCE)
def signal_arrived(blob: func.InputStream) -> None:
    run_id, attempt, signal = _place(blob)
    cause = Cause("node", f"blob:{signal}")
    run = signals.record(wiring.backend(), run_id, attempt, signal, blob.read(), cause)
    if run and run.report and not run.ended:
        react(wiring.backend(), run_stream(run_id), cause)


@bp.function_name("metrics_arrived")
@bp.blob_trigger(arg_name="blob", path="metrics/{run}/{attempt}/{chunk}.json", connection=STORAGE, source=SOURCE)
def metrics_arrived(blob: func.InputStream) -> None:
    run_id, attempt, chunk = _place(blob)
    keep_chunk(wiring.backend(), run_id, attempt, blob.read(), Cause("node", f"blob:metrics/{chunk}"))
    heard(wiring.backend(), run_id)
