"""``runspoor datasets``."""

import typer

from runspoor.cli import lineage

app = typer.Typer(help="Datasets: where data lies, in versions.")
app.command("lineage")(lineage.of_dataset)


@app.callback()
def _group() -> None:
    """Typer makes a group of one command only when it is told to."""
