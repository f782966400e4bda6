"""``python -m local``: Runspoor on one machine."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from local.azurite import AzuriteError
from local.demo.story import tell
from local.lock import StateInUse
from local.server_process import ServerFailed
from local.state import open_state
from local.system import System

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="Runspoor on one machine, all on loopback.")
DEFAULT_STATE = Path(".runspoor/state")
DEMO_STATE = Path(".runspoor/demo")
NOT_STARTED = (AzuriteError, ServerFailed, StateInUse)


@cli.command()
def up(
    port: Annotated[int, typer.Option(help="Port of the API on loopback.")] = 7071,
    state: Annotated[Path, typer.Option(help="Directory of everything that survives a restart.")] = DEFAULT_STATE,
) -> None:
    """Run the system until Ctrl-C. Started again on the same state, it shows all earlier runs."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with _system(state.resolve(), port) as system:
        print("Runspoor is up. Point clients at it with:\n")
        for name, value in system.client_environment.items():
            print(f"  export {name}={value}")
        print(f"\nState and logs are in {state}. Ctrl-C stops it.", flush=True)
        while system.host.is_running and not stop.wait(0.5):
            pass
        if not stop.is_set():
            sys.exit(f"The Functions host has ended: see {system.state.logs / 'host.log'}.")


@cli.command("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def exec_(
    command: Annotated[list[str], typer.Argument(help="Command to run, after --.")],
    state: Annotated[Path | None, typer.Option(help="Keep the state here instead of throwing it away.")] = None,
) -> None:
    """Start a fresh system on free ports, run COMMAND pointed at it, stop everything, and exit with COMMAND's code."""
    signal.signal(signal.SIGTERM, _exit)
    root = state.resolve() if state else Path(tempfile.mkdtemp(prefix="runspoor-"))
    try:
        with _system(root, None) as system:
            code = _run(command, {**os.environ, **system.client_environment})
    finally:
        if state is None:
            shutil.rmtree(root, ignore_errors=True)
    sys.exit(code)


@cli.command()
def demo(
    state: Annotated[Path, typer.Option(help="Directory of everything that survives a restart.")] = DEMO_STATE,
) -> None:
    """Train a classifier from source folder to model, as a user's script would, and check all that is promised."""
    signal.signal(signal.SIGTERM, _exit)
    try:
        code = tell(state, Console())
    except NOT_STARTED as error:
        sys.exit(str(error))
    sys.exit(code)


def _exit(number: int, _: object) -> None:
    """As a signal would end us, but stopping everything first."""
    sys.exit(128 + number)


def _system(root: Path, port: int | None) -> System:
    try:
        opened = open_state(root, port)
        if port and opened.ports["api"] != port:
            sys.exit(f"Port {port} is taken: stop what listens there, or name another with --port.")
        return System(opened)
    except NOT_STARTED as error:
        sys.exit(str(error))


def _run(command: list[str], environment: dict[str, str]) -> int:
    """The command's exit code, as a shell gives it. Signals to us are the command's to handle, from its very start."""
    process: subprocess.Popen[bytes] | None = None
    is_asked = False

    def pass_on(*_: object) -> None:
        nonlocal is_asked
        is_asked = True
        if process:
            process.terminate()

    signal.signal(signal.SIGTERM, pass_on)
    try:
        process = subprocess.Popen(command, env=environment)
    except OSError as error:
        print(f"{command[0]} cannot be run: {error.strerror}.", file=sys.stderr)
        return 127
    if is_asked:
        process.terminate()
    while True:
        try:
            code = process.wait()
            return code if code >= 0 else 128 - code
        except KeyboardInterrupt:
            continue


if __name__ == "__main__":
    cli()
