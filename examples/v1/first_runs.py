"""The same script on this machine and on a cluster; what it leaves; and what a failed run has to say."""

import os
import sys

from azureml.core import Environment, Experiment, ScriptRunConfig, Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.exceptions import ActivityFailedException

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "runs")
CLUSTER = "first-cluster"

ws = Workspace.from_config()
experiment = Experiment(workspace=ws, name="first_runs")
if CLUSTER not in ws.compute_targets:
    size = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=2)
    ComputeTarget.create(ws, CLUSTER, size).wait_for_completion()

here = Environment("this-python")
here.python.user_managed_dependencies = True
here.python.interpreter_path = sys.executable
curated = Environment.get(workspace=ws, name="AzureML-Minimal")

for target, environment in (("local", here), (CLUSTER, curated)):
    config = ScriptRunConfig(source_directory=FOLDER, script="train.py", arguments=["on", target],
                             compute_target=target, environment=environment, max_run_duration_seconds=600)
    run = experiment.submit(config=config, tags={"target": target})
    run.wait_for_completion(show_output=True)
    run.download_file(name="outputs/told.txt", output_file_path="told.txt")
    with open("told.txt") as told:
        print(run.get_status(), "and told", told.read(), "with losses", run.get_metrics()["loss"])

config.script = "fail.py"
config.arguments = []
failed = experiment.submit(config)
try:
    failed.wait_for_completion(show_output=True)
except ActivityFailedException as error:
    print("As expected:", error)
print("It says:", failed.get_details()["error"]["error"]["message"])

with experiment.start_logging() as notebook:
    numbers = list(range(1000))
    notebook.log_list("numbers", numbers[:600])
    notebook.log_list("numbers", numbers[600:])
print("One list again:", notebook.get_metrics()["numbers"] == numbers)
print("Runs so far:", [(run.id, run.status) for run in experiment.get_runs()])
