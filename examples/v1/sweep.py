"""Many runs of one script, each with other parameters: those that do badly are ended early."""

import json
import os
import sys

from azureml.core import Environment, Experiment, ScriptRunConfig, Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.train.hyperdrive import (
    BanditPolicy,
    HyperDriveConfig,
    PrimaryMetricGoal,
    RandomParameterSampling,
    choice,
    loguniform,
)

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sweep")
CLUSTER = "two-nodes"

ws = Workspace.from_config()
if CLUSTER not in ws.compute_targets:
    size = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=2)
    ComputeTarget.create(ws, CLUSTER, size).wait_for_completion()

here = Environment("this-python")
here.python.user_managed_dependencies = True
here.python.interpreter_path = sys.executable

sampling = RandomParameterSampling({"--rate": loguniform(-9, -2), "--momentum": choice(0.0, 0.5, 0.9)},
                                   properties={"seed": 5})
sweep = HyperDriveConfig(
    run_config=ScriptRunConfig(source_directory=FOLDER, script="descend.py", arguments=["--steps", 30],
                               compute_target=CLUSTER, environment=here),
    hyperparameter_sampling=sampling,
    policy=BanditPolicy(evaluation_interval=2, slack_factor=2.0, delay_evaluation=6),
    primary_metric_name="height",
    primary_metric_goal=PrimaryMetricGoal.MINIMIZE,
    max_total_runs=4,
    max_concurrent_runs=2,
)
run = Experiment(ws, "sweeps").submit(sweep)
run.wait_for_completion(show_output=True)

best = run.get_best_run_by_primary_metric()
lowest = run.get_children_sorted_by_primary_metric(top=1)[0]
print("Best of", len(list(run.get_children())), "is", best.id, "at", lowest["best_primary_metric"])
print("with", json.loads(run.get_hyperparameters()[best.id]))
