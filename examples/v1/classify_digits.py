"""From a dataset to a registered model, on a cluster that is made for it and costs nothing afterwards."""

import os

from azureml.core import Dataset, Environment, Experiment, Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.core.conda_dependencies import CondaDependencies
from azureml.opendatasets import MNIST
from azureml.train.sklearn import SKLearn
from azureml.widgets import RunDetails

HERE = os.path.dirname(os.path.abspath(__file__))
CLUSTER = "digits"

ws = Workspace.from_config()
print("Workspace", ws.name, "in", ws.location)

if CLUSTER in ws.compute_targets:
    cluster = ws.compute_targets[CLUSTER]
else:
    size = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", min_nodes=0, max_nodes=1,
                                                 idle_seconds_before_scaledown=60)
    cluster = ComputeTarget.create(ws, CLUSTER, size)
    cluster.wait_for_completion(show_output=True)
print("The cluster is", cluster.get_status().serialize()["provisioningState"])

MNIST.get_file_dataset().register(ws, "digits", description="handwritten digits", create_new_version=True)
digits = Dataset.get_by_name(ws, "digits")

environment = Environment("digits")
if "TRAINING_PYTHON" in os.environ:
    environment.python.user_managed_dependencies = True
    environment.python.interpreter_path = os.environ["TRAINING_PYTHON"]
else:
    packages = ["azureml-sdk", "scikit-learn", "azureml-dataprep[pandas,fuse]>=1.1.14"]
    environment.python.conda_dependencies = CondaDependencies.create(pip_packages=packages)

estimator = SKLearn(source_directory=os.path.join(HERE, "digits"), entry_script="train.py", compute_target=cluster,
                    script_params={"--data": digits.as_named_input("digits").as_mount(), "--strength": 0.5},
                    environment_definition=environment)
run = Experiment(ws, "classify-digits").submit(estimator)
RunDetails(run).show()
run.wait_for_completion(show_output=True)

print("Metrics:", run.get_metrics())
print("Files:", run.get_file_names())
model = run.register_model(model_name="digits", model_path="outputs/digits.pkl", tags={"data": "digits"})
print("Model", model.id, "of run", model.run_id)
cluster.delete()
