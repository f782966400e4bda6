"""Walk down a valley: with steps that are too long it goes wrong, with short ones it takes for ever."""

import argparse
import time

from azureml.core import Run

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int)
parser.add_argument("--rate", type=float)
parser.add_argument("--momentum", type=float)
options = parser.parse_args()

run = Run.get_context()
x, y, speed_x, speed_y = 4.0, 3.0, 0.0, 0.0
for _ in range(options.steps):
    speed_x = options.momentum * speed_x - options.rate * x
    speed_y = options.momentum * speed_y - options.rate * 20 * y
    x, y = x + speed_x, y + speed_y
    run.log("height", min(x * x + 20 * y * y, 1e9) / 2)
    time.sleep(0.1)
print("Arrived at", x, y)
