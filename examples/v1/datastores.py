"""Datastores: files go up, runs read them mounted and copied, and leave one there, which comes back."""

import os
import sys
import tempfile

from azureml.core import Datastore, Experiment, Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.train.estimator import Estimator

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "weather")
CLUSTER = "weather"
sys.path.insert(0, SCRIPTS)
import readings  # noqa: E402

ws = Workspace.from_config()
account = {"account_name": os.environ["STORAGE_ACCOUNT"], "account_key": os.environ["STORAGE_KEY"],
           "create_if_not_exists": True, "overwrite": True}
weather = Datastore.register_azure_blob_container(workspace=ws, datastore_name="weather", container_name="weather",
                                                  **account)
notes = Datastore.register_azure_file_share(workspace=ws, datastore_name="notes", file_share_name="notes", **account)
for name, datastore in ws.datastores.items():
    print("Datastore", name, "is of type", datastore.datastore_type)

before = ws.get_default_datastore()
ws.set_default_datastore("weather")
print("The default was", before.name, "and is", ws.get_default_datastore().name)
before.set_as_default()

folder = tempfile.mkdtemp()
readings.write(folder)
weather.upload(src_dir=folder, target_path="raw", overwrite=True, show_progress=True)
with open(os.path.join(folder, "names.txt"), "w") as file:
    file.write("coast=The coast\nhills=The hills\n")
notes.upload_files([os.path.join(folder, "names.txt")], target_path="places", overwrite=True, show_progress=False)

if CLUSTER not in ws.compute_targets:
    size = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=1)
    ComputeTarget.create(ws, CLUSTER, size).wait_for_completion()
experiment = Experiment(ws, "datastores")

mounted = Estimator(source_directory=SCRIPTS, entry_script="average.py", compute_target=CLUSTER,
                    script_params={"--data": weather.path("raw").as_mount(),
                                   "--names": notes.path("./places").as_mount()})
experiment.submit(mounted).wait_for_completion(show_output=True)

copied = Estimator(
    source_directory=SCRIPTS, entry_script="average.py", compute_target=CLUSTER,
    inputs=[weather.path("raw/2019", data_reference_name="READINGS").as_download(),
            weather.path("results").as_upload(path_on_compute="./averages.csv", overwrite=True)],
)
run = experiment.submit(copied)
run.wait_for_completion()
print("The second run is", run.get_status())

back = tempfile.mkdtemp()
print("Files that came back:", weather.download(target_path=back, prefix="results", show_progress=False))
with open(os.path.join(back, "results", "averages.csv")) as averages:
    print("Averages:", averages.read().split())
notes.unregister()
print("Left:", sorted(ws.datastores))
