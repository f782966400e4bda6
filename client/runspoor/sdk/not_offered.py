"""What v1 has and Runspoor has not: the v1 name, and what to do instead (a clause without a full stop).

A class that is not offered covers all its members; a member that is not offered is missing in the subclasses too.
"""

from __future__ import annotations

from collections.abc import Mapping

from runspoor.sdk.not_offered_data import DATA
from runspoor.sdk.not_offered_runs import RUNS
from runspoor.sdk.not_offered_serving import SERVING

NOT_OFFERED: Mapping[str, str] = {
    **DATA,
    **RUNS,
    **SERVING,
    "azureml.core.Environment.add_private_pip_wheel":
        "put the wheel where nodes can fetch it, and its URL into pip_packages: 'name @ https://...'",
    "azureml.core.Environment.build": "submit a run: the first node that needs it builds it, and it is kept",
    "azureml.core.Environment.build_local": "submit a run with compute_target='local': it builds the environment here",
    "azureml.core.Environment.databricks": "use a compute target of Runspoor",
    "azureml.core.Environment.from_docker_build_context":
        "use Environment.from_dockerfile with a Dockerfile that copies nothing from its folder",
    "azureml.core.Environment.get_image_details": "read the build log system_logs/environment.txt of a run",
    "azureml.core.Environment.label": "name a version, or take the newest",
    "azureml.core.Environment.r": "install R with conda packages, and start it from a Python script",
    "azureml.core.Environment.spark": "run a Python script that starts Spark in local mode",
    "azureml.core.RunConfiguration.hdi": "use a compute target of Runspoor",
    "azureml.core.RunConfiguration.spark": "run a Python script that starts Spark in local mode",
    "azureml.core.conda_dependencies.CondaDependencies.add_cntk_package": "name a wheel of CNTK in pip_packages",
    "azureml.core.conda_dependencies.CondaDependencies.sdk_origin_url": "take packages from the usual index: azureml-* "
                                                                        "packages are never installed",
    "azureml.core.environment.DockerBuildContext.from_local_directory":
        "use Environment.from_dockerfile with a Dockerfile that copies nothing from its folder",
}
