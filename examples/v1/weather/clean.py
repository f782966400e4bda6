"""Copy readings, without empty lines and months that nobody measured."""

import os
import sys

source, target = sys.argv[1:]
for folder, _, names in os.walk(source):
    kept = os.path.join(target, os.path.relpath(folder, source))
    os.makedirs(kept, exist_ok=True)
    for name in names:
        with open(os.path.join(folder, name)) as readings, open(os.path.join(kept, name), "w") as clean:
            lines = [line for line in readings if line.strip() and not line.strip().endswith(",")]
            clean.writelines(lines)
            print("kept", len(lines) - 1, "months of", name, flush=True)
