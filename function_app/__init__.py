"""The triggers of the app, one blueprint per surface. Importing this touches no network."""

import azure.functions

from function_app import (
    artifacts,
    attempts_api,
    compute_api,
    datasets_api,
    datastores_api,
    environments_api,
    experiments_api,
    feeds,
    files_api,
    lineage_api,
    metrics_api,
    models_api,
    reactions,
    runs_api,
    service_api,
    snapshots_api,
    sweeps_api,
    timers,
)

app = azure.functions.FunctionApp(http_auth_level=azure.functions.AuthLevel.FUNCTION)
for module in (
    artifacts, attempts_api, compute_api, datasets_api, datastores_api, environments_api, experiments_api, feeds,
    files_api, lineage_api, metrics_api, models_api, reactions, runs_api, service_api, snapshots_api, sweeps_api,
    timers,
):
    app.register_functions(module.bp)
