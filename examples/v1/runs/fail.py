"""Fail, as scripts do."""

import os

print("Looking for the data ...", flush=True)
with open(os.path.join("data", "missing.csv")) as data:
    print(data.read())
