"""Tables: columns and their types, a look at the first rows, versions, and a run that gets a table by its id."""

import os
import tempfile

from azureml.core import Dataset, Environment, Experiment, ScriptRunConfig, Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.core.conda_dependencies import CondaDependencies

HERE = os.path.dirname(os.path.abspath(__file__))
CLUSTER = "tables"
TRAVELLERS = """Name,Class,Age,Boarded,Arrived
"Berg, Anna",first,41,2019-03-01,True
"Costa, Rui",second,,2019-03-01,False
"Diaz, Eva",first,33,2019-03-02,True
"Ek, Olle",third,NaN,2019-03-02,False
"Fuchs, Ida",second,27,2019-03-04,True
"Gil, Noa",third,19,2019-03-05,True
"""

ws = Workspace.from_config()
datastore = ws.get_default_datastore()
folder = tempfile.mkdtemp()
with open(os.path.join(folder, "travellers.csv"), "w") as file:
    file.write(TRAVELLERS)
datastore.upload_files([os.path.join(folder, "travellers.csv")], target_path="tables", overwrite=True,
                       show_progress=False)

travellers = Dataset.Tabular.from_delimited_files(path=[(datastore, "tables/travellers.csv")])
print(travellers.take(2).to_pandas_dataframe())
print({name: str(kind) for name, kind in travellers.to_pandas_dataframe().dtypes.items()})

young = travellers.filter((travellers["Class"] == "third") & (travellers["Age"] < 40))
print("Below 40 in the third class:", young.to_pandas_dataframe()["Name"].tolist())

travellers.register(ws, "travellers", description="everybody on board", create_new_version=True)
short = travellers.keep_columns(["Class", "Age", "Arrived"]).register(ws, "travellers", create_new_version=True)
print("Version", short.version, "has", list(Dataset.get_by_name(ws, "travellers").to_pandas_dataframe().columns))
print("Version", short.version - 1, "has",
      list(Dataset.get_by_name(ws, "travellers", version=short.version - 1).to_pandas_dataframe().columns))

environment = Environment("tables")
if "TRAINING_PYTHON" in os.environ:
    environment.python.user_managed_dependencies = True
    environment.python.interpreter_path = os.environ["TRAINING_PYTHON"]
else:
    packages = ["azureml-dataset-runtime[pandas]"]
    environment.python.conda_dependencies = CondaDependencies.create(pip_packages=packages)
if CLUSTER not in ws.compute_targets:
    size = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=1)
    ComputeTarget.create(ws, CLUSTER, size).wait_for_completion()

config = ScriptRunConfig(source_directory=os.path.join(HERE, "tables"), script="survival.py", compute_target=CLUSTER,
                         arguments=["--table", short.as_named_input("travellers")], environment=environment)
run = Experiment(ws, "tables").submit(config)
run.wait_for_completion(show_output=True)
print("It said:", run.get_metrics()["mean age"], "years")
