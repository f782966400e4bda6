"""Who arrived: the share of each class among the travellers of a table, which comes as the id of a dataset."""

import argparse

from azureml.core import Dataset, Run

parser = argparse.ArgumentParser()
parser.add_argument("--table", help="id of a dataset with the columns Class, Age, Arrived")
args = parser.parse_args()

run = Run.get_context()
table = Dataset.get_by_id(run.experiment.workspace, id=args.table)
frame = table.to_pandas_dataframe()
print(len(frame), "travellers,", int(frame["Age"].isnull().sum()), "of unknown age", flush=True)
for name, share in frame.groupby("Class")["Arrived"].mean().items():
    print("class", name, "arrived:", round(float(share), 2), flush=True)
    run.log("arrived", float(share))
run.log("mean age", float(frame["Age"].mean()))
