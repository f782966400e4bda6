"""``python -m runspoor.mount``: mount what standard input describes, until it is closed or the parent is gone.

The first line of standard input is JSON; it may hold a key, which no command line shall show:

    {"mount_point": "/an/empty/folder", "first": {"value": [...], "next": "..."},
     "pages": {"url": "https://.../files", "access_file": "..." or "key": "..."} or null, "patience_seconds": 60,
     "report": false}

``first`` is the first page of the files; ``pages`` is where it and the following ones come from, null when it is all.
One line of JSON on standard output says ``{"ready": true}``, or ``{"ready": false, "why": "..."}`` where this machine
cannot mount. What goes wrong later are lines on standard error; the last one, with ``report``, says how much was read.

``python -m runspoor.mount --clean FOLDER...`` takes mounts away that killed processes left there, and
``--clean-below FOLDER...`` all mounts in those folders, whoever serves them.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sys
import threading
from collections.abc import Mapping
from typing import Any, Callable

from runspoor.mount import device
from runspoor.mount.blocks import Blocks
from runspoor.mount.filesystem import FileSystem
from runspoor.mount.listing import Listing, asking, say
from runspoor.mount.ranges import Ranges
from runspoor.mount.session import Session
from runspoor.mount.tree import Tree
from runspoor.transport.over_stdlib import StandardExchange
from runspoor.transport.redirects import Following

PATIENCE_SECONDS = 120.0
LOOK_SECONDS = 0.2
CLEANING: Mapping[str, Callable[[str], None]] = {"--clean": device.remove_stale, "--clean-below": device.remove_below}


def main(arguments: list[str]) -> int:
    remove = CLEANING.get(arguments[0]) if arguments else None
    if remove:
        for point in arguments[1:]:
            remove(point)
        return 0
    parent = os.getppid()
    wanted = json.loads(sys.stdin.buffer.readline())
    try:
        return _serve(wanted, parent)
    except device.CannotMount as error:
        _answer(ready=False, why=str(error))
        return 1


def _serve(wanted: Mapping[str, Any], parent: int) -> int:
    """Raises CannotMount."""
    point, patience = str(wanted["mount_point"]), float(wanted.get("patience_seconds", PATIENCE_SECONDS))
    tree = Tree()
    listing = Listing(tree, wanted["first"], asking(wanted["pages"], patience) if wanted.get("pages") else None)
    ranges = Ranges(listing, Following(StandardExchange()), patience)
    ending = threading.Event()
    _allow_many_files()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: ending.set())
    opened = device.mount(point)
    try:
        session = Session(opened, FileSystem(tree, listing, ranges, Blocks(ranges.read)))
        for work in (session.run, listing.read_on):
            threading.Thread(target=work, daemon=True).start()
        session.started.wait()
        device.read_more_at_once(point)
        _answer(ready=True)
        _stay(session, ending, parent)
    finally:
        device.unmount(point)
    if wanted.get("report"):
        say(f"{ranges.bytes} bytes were read from storage in {ranges.requests} requests.")
    return 0


def _allow_many_files() -> None:
    """Of each large file whose server gives no parts a copy stays open."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _answer(**said: object) -> None:
    print(json.dumps(said), flush=True)


def _stay(session: Session, ending: threading.Event, parent: int) -> None:
    """Until standard input is closed, the parent is gone, we are told to end, or somebody unmounts it."""
    while not ending.is_set() and not session.ended.is_set() and os.getppid() == parent:
        readable, _, _ = select.select([sys.stdin], [], [], LOOK_SECONDS)
        if readable and not os.read(sys.stdin.fileno(), 1024):
            return
        session.let_go_of_killed()


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: a thread that waits for a server must not keep the device open.
    os._exit(code)
