"""What one local system keeps in its state directory besides data: its ports and its keys."""

import json
import secrets
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from local.lock import Lock
from local.serve import LOOPBACK

SERVICES = ("api", "cosmos", "batch", "blob", "queue", "table", "files")
STILL_STOPPING_SECONDS = 10.0
"""Servers whose parent was killed end by themselves, and save their state. Until then their ports are taken."""


@dataclass(frozen=True)
class State:
    """A state directory. Ports stay the same from start to start, because stored URLs name them.

    ``key`` is what callers show, ``token_key`` signs the tokens of runs.
    """

    root: Path
    ports: dict[str, int]
    key: str
    token_key: str
    lock: Lock

    @property
    def logs(self) -> Path:
        return self.root / "logs"


def open_state(root: Path, api_port: int | None = None) -> State:
    """The state in ``root``, made anew if there is none. ``api_port``: where the API is to listen.

    Only its owner may look into a directory made here: logs of scripts and tokens of runs lie below it.
    Raises ``StateInUse`` when another system runs on it.
    """
    root.parent.mkdir(parents=True, exist_ok=True)
    root.mkdir(mode=0o700, exist_ok=True)
    lock = Lock(root)
    file = root / "system.json"
    known = json.loads(file.read_text()) if file.exists() else {}
    ports = {name: known.get("ports", {}).get(name) for name in SERVICES}
    if api_port:
        ports["api"] = api_port
    _wait_until_free([port for port in known.get("ports", {}).values() if port in ports.values()])
    chosen = _free_ports(ports)
    state = State(root, chosen, known.get("key") or secrets.token_urlsafe(24),
                  known.get("token_key") or secrets.token_urlsafe(48), lock)
    _save(file, state)
    return state


def _save(file: Path, state: State) -> None:
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps({"ports": state.ports, "key": state.key, "token_key": state.token_key}))
    fresh.replace(file)


def _free_ports(wanted: dict[str, int | None]) -> dict[str, int]:
    """The wanted port of each service if it is free, else a free one. All are held until all are chosen."""
    held: list[socket.socket] = []
    try:
        return {name: _hold(port, held) for name, port in wanted.items()}
    finally:
        for listener in held:
            listener.close()


def _wait_until_free(ports: list[int]) -> None:
    deadline = time.monotonic() + STILL_STOPPING_SECONDS
    while not all(map(_is_free, ports)) and time.monotonic() < deadline:
        time.sleep(0.1)


def _is_free(port: int) -> bool:
    with _probe() as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def _hold(port: int | None, held: list[socket.socket]) -> int:
    with _probe() as probe:
        try:
            probe.bind((LOOPBACK, port or 0))
        except OSError:
            probe.bind((LOOPBACK, 0))
        held.append(probe.dup())
        return int(probe.getsockname()[1])


def _probe() -> socket.socket:
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return probe
