"""Where the command begins."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Do what the command line says. Scripts of ``runspoor v1`` run as if Python itself had been called."""
    if sys.argv[1:2] == ["v1"] and sys.argv[2:3] not in ([], ["--help"]):
        from runspoor.v1.__main__ import main as run_v1

        run_v1(sys.argv[2:])
        return
    from runspoor.cli.app import app

    app(prog_name="runspoor")


if __name__ == "__main__":
    main()
