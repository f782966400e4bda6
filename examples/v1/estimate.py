"""An estimator: a script, its parameters, and a datastore it may read."""

import os

from azureml.core import Experiment, Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.train.estimator import Estimator

HERE = os.path.dirname(os.path.abspath(__file__))
CLUSTER = "estimates"

ws = Workspace.from_config()
if CLUSTER not in ws.compute_targets:
    size = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=1)
    ComputeTarget.create(ws, CLUSTER, size).wait_for_completion()

estimator = Estimator(
    source_directory=os.path.join(HERE, "estimator"),
    entry_script="train.py",
    compute_target=CLUSTER,
    script_params={
        "--data-folder": ws.get_default_datastore().as_mount(),
        "--regularization": 0.8,
        "--verbose": "",
    },
)
run = Experiment(ws, "estimates").submit(estimator)
print("It is", run.get_details().status)
run.wait_for_completion()
print("It ended as", run.get_status(), "with", run.get_metrics())
