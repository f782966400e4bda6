"""``python -m local.files``: serve the emulator until told to stop."""

from pathlib import Path
from typing import Annotated

import typer

from local.files.app import build
from local.serve import serve


def main(
    state: Annotated[Path, typer.Option(help="Directory of the emulator's index, files.sqlite, and all content.")],
    port: Annotated[int, typer.Option(help="Port on loopback; 0 takes a free one.")] = 0,
    certificate: Annotated[Path | None, typer.Option(help="PEM with its key: speak https, and take tokens.")] = None,
    watch_stdin: Annotated[bool, typer.Option("--watch-stdin", help="Stop when standard input closes.")] = False,
) -> None:
    """Serve an emulator of Azure Files on loopback, for the account and key that every storage emulator has."""
    serve(lambda _: build(state), port, watch_stdin=watch_stdin, certificate=certificate)


if __name__ == "__main__":
    typer.run(main)
