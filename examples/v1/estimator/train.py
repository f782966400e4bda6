"""Say what came in."""

import argparse
import os
import sys

from azureml.core import Run

parser = argparse.ArgumentParser()
parser.add_argument("--data-folder")
parser.add_argument("--regularization", type=float)
parser.add_argument("--verbose", action="store_true")
options = parser.parse_args()

print("Python", sys.version.split()[0], "with", len(os.listdir(options.data_folder)), "files", flush=True)
Run.get_context().log_row("options", regularization=options.regularization, verbose=options.verbose)
