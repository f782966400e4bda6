"""The entry file of the sample app."""
import azure.functions as func
from sample import blobs, feeds, http, queues, timers  # type: ignore[import-not-found]  # found in the app's root

app = func.FunctionApp()
for blueprint in (http.bp, queues.bp, blobs.bp, feeds.bp, timers.bp):
    app.register_functions(blueprint)
