"""All commands."""

from typing import Annotated, Optional

import typer

from runspoor.cli import compute, datasets, datastores, environments, experiments, models, runs
from runspoor.cli.exit_codes import MEANINGS
from runspoor.cli.login import login
from runspoor.cli.one_sentence import OneSentence
from runspoor.cli.submit import submit

__all__ = ["app"]

EPILOG = "Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in MEANINGS.items()) + "."

app = typer.Typer(name="runspoor", cls=OneSentence, no_args_is_help=True, pretty_exceptions_enable=False, epilog=EPILOG,
                  context_settings={"help_option_names": ["-h", "--help"]},
                  help="Submit training runs, watch them, and fetch what they left. Which backend: RUNSPOOR_URL and "
                       "RUNSPOOR_KEY, or config.json here or above and the keys kept by 'runspoor login'.")
app.command()(login)
app.command(context_settings={"allow_interspersed_args": False})(submit)
for name, group in (("runs", runs.app), ("experiments", experiments.app), ("compute", compute.app),
                    ("environments", environments.app), ("datasets", datasets.app), ("datastores", datastores.app),
                    ("models", models.app)):
    app.add_typer(group, name=name)


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def v1(
    script: Annotated[str, typer.Argument(metavar="SCRIPT | -m MODULE", help="What to run.")],
    arguments: Annotated[Optional[list[str]], typer.Argument(help="What the script gets.")] = None,
) -> None:
    """Run a script that was written for the Azure ML SDK v1: its 'import azureml...' finds Runspoor."""
    from runspoor.v1.__main__ import main

    main([script, *(arguments or [])])


@app.callback(invoke_without_command=True)
def version(
    show: Annotated[bool, typer.Option("--version", is_eager=True, help="Say the version and end.")] = False,
) -> None:
    if show:
        from importlib.metadata import version as installed

        print(installed("runspoor"))
        raise typer.Exit
