"""``python -m runspoor.v1 script.py ARGUMENTS``, ``python -m runspoor.v1 -m module ARGUMENTS``."""

from __future__ import annotations

import os
import sys

from runspoor.v1.running import as_python_shows, run_module, run_path

USAGE = "usage: python -m runspoor.v1 (SCRIPT | -m MODULE) [ARGUMENTS...]"
NO_SUCH_FILE = 2
"""Python's own exit code for it."""


def main(arguments: list[str]) -> None:
    """Run what the command line names."""
    sys.excepthook = as_python_shows
    if arguments[:1] == ["-m"] and len(arguments) > 1:
        run_module(arguments[1], arguments[2:])
    elif arguments and not arguments[0].startswith("-"):
        if not os.path.exists(arguments[0]):
            print(f"runspoor: There is no file {arguments[0]!r} here.", file=sys.stderr)
            sys.exit(NO_SUCH_FILE)
        run_path(arguments[0], arguments[1:])
    else:
        sys.exit(USAGE)


if __name__ == "__main__":
    main(sys.argv[1:])
