"""``python -m local.cosmos``: serve the emulator until told to stop."""

from pathlib import Path
from typing import Annotated

import typer

from local.cosmos.app import build
from local.cosmos.auth import EMULATOR_KEY, decode_key
from local.serve import serve


def main(
    state: Annotated[Path, typer.Option(help="Directory of the emulator's file, cosmos.sqlite.")],
    port: Annotated[int, typer.Option(help="Port on loopback; 0 takes a free one.")] = 0,
    key: Annotated[str, typer.Option(envvar="COSMOS_EMULATOR_KEY", help="Account key, base64.")] = EMULATOR_KEY,
    watch_stdin: Annotated[bool, typer.Option("--watch-stdin", help="Stop when standard input closes.")] = False,
) -> None:
    """Serve an emulator of Azure Cosmos DB for NoSQL on loopback."""
    secret = decode_key(key)
    serve(lambda _: build(state, secret), port, watch_stdin=watch_stdin)


if __name__ == "__main__":
    typer.run(main)
