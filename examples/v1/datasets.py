"""Datasets: files under a name, read by one run, whose output is a dataset for the next, whose file is a model."""

import os
import sys
import tempfile

from azureml.core import Dataset, Experiment, ScriptRunConfig, Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.data import OutputFileDatasetConfig

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "weather")
CLUSTER = "weather"
sys.path.insert(0, SCRIPTS)
import readings  # noqa: E402

ws = Workspace.from_config()
datastore = ws.get_default_datastore()
folder = tempfile.mkdtemp()
readings.write(folder)
datastore.upload(folder, target_path="weather", overwrite=True, show_progress=False)

weather = Dataset.File.from_files(path=[(datastore, "weather/**/*.csv")])
weather = weather.register(ws, "weather", description="degrees by month", create_new_version=True)
print("Dataset", weather.name, "version", weather.version, "has", weather.to_path())
half, rest = weather.random_split(0.5, seed=7)
print("Split into", len(half.to_path()), "and", len(rest.to_path()))
with weather.skip(1).take(2).mount() as mounted:
    print("Mounted", sorted(os.listdir(os.path.join(mounted.mount_point, "2018"))))
print("Downloaded", [os.path.basename(path) for path in weather.take(1).download(tempfile.mkdtemp())])

if CLUSTER not in ws.compute_targets:
    size = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=1)
    ComputeTarget.create(ws, CLUSTER, size).wait_for_completion()
experiment = Experiment(ws, "datasets")

clean = OutputFileDatasetConfig(name="clean", destination=(datastore, "weather-clean/{run-id}"))
clean = clean.register_on_complete("weather-clean", description="without gaps")
cleaning = experiment.submit(ScriptRunConfig(
    source_directory=SCRIPTS, script="clean.py", compute_target=CLUSTER,
    arguments=[weather.as_named_input("weather").as_mount(), clean]))
cleaning.wait_for_completion(show_output=True)
details = cleaning.get_details()
print("It read", [each["consumptionDetails"]["inputName"] for each in details["inputDatasets"]])
print("It wrote", [each["outputDetails"]["outputName"] for each in details["outputDatasets"]])

clean = Dataset.get_by_name(ws, "weather-clean")
print("Next:", clean.name, "version", clean.version, "of", len(clean.to_path()), "files")
fitting = experiment.submit(ScriptRunConfig(
    source_directory=SCRIPTS, script="fit.py", compute_target=CLUSTER,
    arguments=[clean.as_named_input("clean").as_download()]))
fitting.wait_for_completion(show_output=True)
model = fitting.register_model(model_name="weather", model_path="outputs/means.json",
                               datasets=[("training", clean)])
print("Model", model.name, "knows", {name: [each.name for each in known] for name, known in model.datasets.items()})
