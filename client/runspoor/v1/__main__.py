"""``python -m runspoor.v1 script.py ARGUMENTS``, ``python -m runspoor.v1 -m module ARGUMENTS``."""

from __future__ import annotations

import sys

from runspoor.v1.running import run_module, run_path

USAGE = "usage: python -m runspoor.v1 (SCRIPT | -m MODULE) [ARGUMENTS...]"


def main(arguments: list[str]) -> None:
    """Run what the command line names."""
    if arguments[:1] == ["-m"] and len(arguments) > 1:
        run_module(arguments[1], arguments[2:])
    elif arguments and not arguments[0].startswith("-"):
        run_path(arguments[0], arguments[1:])
    else:
        sys.exit(USAGE)


if __name__ == "__main__":
    main(sys.argv[1:])
