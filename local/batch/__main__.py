"""``python -m local.batch``: serve the Batch emulator on loopback."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from local import serve
from local.batch.app import build
from local.batch.settings import Settings

IDENTITIES = "RUNSPOOR_BATCH_IDENTITIES"
Seconds = Annotated[float, typer.Option(min=0)]


def main(
    state: Annotated[Path, typer.Option(help="Directory of everything durable, task files included.")],
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 0,
    account: Annotated[str, typer.Option(help="Account name in the shared key signature.")] = "local",
    key: Annotated[
        str | None,
        typer.Option(
            envvar="RUNSPOOR_BATCH_KEY",
            help="Account key (base64); without it every request is accepted.",
            show_default=False,
        ),
    ] = None,
    allocation_seconds: Seconds = 1.0,
    evaluation_seconds: Annotated[
        float | None, typer.Option(help="Autoscale interval; 0 takes each pool's own.")
    ] = 2.0,
    enable_autoscale_gap_seconds: Seconds = 30.0,
    core_quota: Annotated[int | None, typer.Option(help="vCPUs of dedicated, and as many of spot nodes.")] = None,
    stop_seconds: Annotated[float, typer.Option(help="From SIGTERM to SIGKILL when a task is terminated.")] = 5.0,
    identity: Annotated[
        list[str] | None,
        typer.Option(
            help=f"RESOURCE_ID=STORAGE_CONNECTION_STRING: stands in for a managed identity. Also a JSON object in "
            f"{IDENTITIES}."
        ),
    ] = None,
    watch_stdin: Annotated[bool, typer.Option(help="Stop when standard input closes.")] = False,
) -> None:
    """An Azure Batch service (REST API 2025-06-01) whose nodes are directories and whose tasks are processes."""
    identities: dict[str, str] = json.loads(os.environ.pop(IDENTITIES, "{}"))
    identities |= dict(item.split("=", 1) for item in identity or ())
    settings = Settings(
        state,
        account,
        key,
        allocation_seconds,
        evaluation_seconds or None,
        enable_autoscale_gap_seconds,
        core_quota,
        stop_seconds,
        identities,
    )
    serve.serve(build(settings), port, watch_stdin=watch_stdin)


if __name__ == "__main__":
    typer.run(main)
