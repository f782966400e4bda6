"""Kills what the emulator leaves behind when it dies: ``python -m local.batch.guard SESSION`` with a pipe as input.

The emulator holds the pipe's other end. When it ends in any way, ``kill -9`` included, the pipe closes, and every
process that was started in its session is killed.
"""

import signal
import subprocess
import sys

from local.batch import processes


def start(session: str) -> subprocess.Popen[bytes]:
    """Start the guard of ``session``; it stays until this process ends."""
    return subprocess.Popen(
        [sys.executable, "-m", "local.batch.guard", session], stdin=subprocess.PIPE, start_new_session=True
    )


def main(session: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while sys.stdin.buffer.read(4096):
        pass
    processes.kill(processes.SESSION, session)


if __name__ == "__main__":
    main(sys.argv[1])
