"""HTTP: datastores, their files, and which one is the default."""

import azure.functions as func

from function_app.http_call import Answer, Call, bind
from shared.application import datastore_files, datastore_registry, datastores
from shared.contract.datastores import (
    DatastoreFiles,
    DatastoreModel,
    DatastoreRequest,
    DefaultDatastoreRequest,
    FileUploads,
    FileUploadsRequest,
)
from shared.contract.responses import ViewPage
from shared.domain import limits

bp = func.Blueprint()


def _name(call: Call) -> str:
    return call.path("name", "datastore name")


@bind(bp, "register_datastore")
def register_datastore(call: Call) -> Answer:
    datastore, new = datastore_registry.register(call.backend, call.body(DatastoreRequest), call.cause())
    return call.made(datastore, new)


@bind(bp, "list_datastores")
def list_datastores(call: Call) -> ViewPage[DatastoreModel]:
    return datastores.page(call.backend, *call.page())


@bind(bp, "get_datastore")
def get_datastore(call: Call) -> DatastoreModel:
    return datastores.find(call.backend, _name(call))


@bind(bp, "unregister_datastore")
def unregister_datastore(call: Call) -> DatastoreModel:
    return datastore_registry.unregister(call.backend, _name(call), call.cause(once=False))


@bind(bp, "get_default_datastore")
def get_default_datastore(call: Call) -> DatastoreModel:
    return datastores.find(call.backend, datastores.default(call.backend))


@bind(bp, "set_default_datastore")
def set_default_datastore(call: Call) -> DatastoreModel:
    name = call.body(DefaultDatastoreRequest).name
    return datastores.set_default(call.backend, name, call.cause(once=False))


@bind(bp, "list_datastore_files")
def list_datastore_files(call: Call) -> DatastoreFiles:
    limit = call.number("limit", limits.INPUT_FILES_PAGE, 1, limits.INPUT_FILES_PAGE)
    return datastore_files.page(call.backend, _name(call), call.query("prefix") or "", limit, call.query("cursor"))


@bind(bp, "datastore_uploads")
def datastore_uploads(call: Call) -> FileUploads:
    return datastore_files.uploads(call.backend, _name(call), call.body(FileUploadsRequest))
