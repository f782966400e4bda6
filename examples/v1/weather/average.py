"""The mean temperature of every place, of files in a folder and of those below it."""

import argparse
import csv
import glob
import os

parser = argparse.ArgumentParser()
parser.add_argument("--data", default=os.environ.get("AZUREML_DATAREFERENCE_READINGS"), help="folder with the readings")
parser.add_argument("--names", help="folder with a file names.txt, what the places are called")
parser.add_argument("--to", default="averages.csv", help="file to write")
args = parser.parse_args()

names = {}
if args.names:
    with open(os.path.join(args.names, "names.txt")) as file:
        names = dict(line.strip().split("=") for line in file)

sums = {}
for path in sorted(glob.glob(os.path.join(args.data, "**", "*.csv"), recursive=True)):
    with open(path) as file:
        degrees = [float(row["degrees"]) for row in csv.DictReader(file) if row["degrees"]]
    sums.setdefault(os.path.basename(path)[:-len(".csv")], []).extend(degrees)

with open(args.to, "w") as file:
    for place, degrees in sums.items():
        line = f"{names.get(place, place)},{sum(degrees) / len(degrees):.2f}"
        print("average", line, "of", len(degrees), "months", flush=True)
        file.write(line + "\n")
