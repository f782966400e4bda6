"""One script as many processes on two nodes, which work together by MPI."""

import os
import sys

from azureml.core import Environment, Experiment, ScriptRunConfig, Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.core.runconfig import MpiConfiguration

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "spread")
CLUSTER = "two-nodes"

ws = Workspace.from_config()
if CLUSTER not in ws.compute_targets:
    size = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=2)
    ComputeTarget.create(ws, CLUSTER, size).wait_for_completion()

with_mpi = Environment("this-python-with-mpi4py")
with_mpi.python.user_managed_dependencies = True
with_mpi.python.interpreter_path = os.environ.get("TRAINING_PYTHON", sys.executable)

config = ScriptRunConfig(source_directory=FOLDER, script="pi.py", arguments=["--darts", 20_000],
                         compute_target=CLUSTER, environment=with_mpi,
                         distributed_job_config=MpiConfiguration(process_count_per_node=2, node_count=2))
run = Experiment(ws, "spread").submit(config)
details = run.wait_for_completion(show_output=True)

print("It ran on", details["runDefinition"]["nodeCount"], "nodes and says", run.get_metrics())
logs = [name for name in run.get_file_names() if name.startswith("logs/")]
for name in sorted(logs):
    run.download_file(name, output_file_path="one_log.txt")
    with open("one_log.txt") as log:
        print(name, "has:", log.read().strip())
