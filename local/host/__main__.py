"""``python -m local.host --app DIR``: run a function app on this machine."""

import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from local.host.host import build
from local.host.settings import ConfigurationError, Settings, local_values
from local.serve import serve


def main(
    app: Annotated[Path, typer.Option(help="Root of the function app: the directory with host.json.")] = Path("."),
    port: Annotated[int, typer.Option(help="Port on loopback; 0 takes a free one.")] = 7071,
    state: Annotated[Path, typer.Option(help="Directory for what must survive a restart.")] = Path(".runspoor/host"),
    watch_stdin: Annotated[bool, typer.Option("--watch-stdin", help="Stop when standard input closes.")] = False,
    threads: Annotated[int, typer.Option(min=1, help="How many sync functions run at once.")] = 16,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
) -> None:
    """Run a function app on this machine, with the triggers that Azure would give it."""
    logging.basicConfig(stream=sys.stderr, level=log_level.upper(), format="%(asctime)s %(levelname).1s %(message)s")
    logging.getLogger("azure").setLevel(logging.WARNING)
    directory = app.resolve()
    try:
        values = {**local_values(directory), **os.environ}
        # The app reads its settings from the environment, as in Azure.
        os.environ.update(values)
        web = build(directory, Settings(values), state.resolve(), threads)
    except ConfigurationError as error:
        sys.exit(f"The app cannot be run: {error}")
    serve(lambda _: web, port, watch_stdin=watch_stdin)
    logging.shutdown()
    # A function that still runs on its thread would keep the process; it has had its time to end.
    os._exit(0)


if __name__ == "__main__":
    typer.run(main)
