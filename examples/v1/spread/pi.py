"""Throw darts at a square, on all processes at once, and see how many hit the circle in it."""

import argparse
import random
import socket

from azureml.core import Run
from mpi4py import MPI

parser = argparse.ArgumentParser()
parser.add_argument("--darts", type=int)
darts = parser.parse_args().darts

world = MPI.COMM_WORLD
chance = random.Random(world.rank)
hits = sum(chance.random() ** 2 + chance.random() ** 2 < 1 for _ in range(darts))
everyones = world.allreduce(hits)
print("process", world.rank, "of", world.size, "on", socket.gethostname(), "had", hits, "hits")

if world.rank == 0:
    run = Run.get_context()
    run.log("processes", world.size)
    run.log("pi", 4 * everyones / (world.size * darts))
