"""What a run waits for, while somebody waits for it."""

from __future__ import annotations

import sys
import time

from runspoor.cli.exit_codes import ENDED
from runspoor.cli.session import part
from runspoor.client import Client

__all__ = ["until_begun"]

POLL_SECONDS = 1.0
BEGUN = {"Running", "Finalizing", *ENDED}


def until_begun(client: Client, run_id: str) -> None:
    """Return when the script has begun, or the run has ended; on stderr, each reason for which it has not."""
    said = None
    while (why := client.api.get(f"runs/{part(run_id)}/why").json())["status"] not in BEGUN:
        if (why["status"], why["waiting_for"]) != said:
            said = why["status"], why["waiting_for"]
            print(f"{why['status']}: {why['summary']}", file=sys.stderr, flush=True)
        time.sleep(POLL_SECONDS)
