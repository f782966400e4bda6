"""Write what it was told, step by step."""

import sys
import time

from azureml.core import Run

run = Run.get_context()
run.tag("told", " ".join(sys.argv[1:]))
for step in range(5):
    print("step", step, flush=True)
    run.log("loss", 1 / (step + 1))
    time.sleep(0.2)
with open("outputs/told.txt", "w") as told:
    told.write(" ".join(sys.argv[1:]))
