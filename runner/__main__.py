"""``python3 runner.pyz`` in the folder that holds ``task.json``; by mpirun also ``node HOME`` and ``rank LAUNCH``."""

import os
import sys
from pathlib import Path

role = sys.argv[1] if len(sys.argv) == 3 else ""
if role == "rank":
    from runner.distribution.rank import main as rank

    code = rank(sys.argv[2])
elif role == "node":
    from runner.distribution.further import main as node

    code = node(Path(sys.argv[2]))
else:
    from runner.run import main

    code = main()
sys.stdout.flush()
sys.stderr.flush()
# Not sys.exit: a thread that still waits for an answer must not keep a fenced or finished runner alive.
os._exit(code)
