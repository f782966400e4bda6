"""HTTP: snapshots."""

import azure.functions as func

from function_app.http_call import Answer, Call, bind
from shared.application import snapshots
from shared.contract.requests import SnapshotRequest
from shared.contract.responses import Manifest, Page, SnapshotFileLink

bp = func.Blueprint()


@bind(bp, "create_snapshot")
def create_snapshot(call: Call) -> Answer:
    snapshot = snapshots.create(call.backend, call.body(SnapshotRequest))
    return call.made(snapshot, snapshot.complete)


@bind(bp, "get_snapshot")
def get_snapshot(call: Call) -> Manifest:
    return snapshots.read(call.backend, call.path("snapshot_id", "snapshot id"))


@bind(bp, "list_snapshot_files")
def list_snapshot_files(call: Call) -> Page[SnapshotFileLink]:
    return snapshots.links(call.backend, call.path("snapshot_id", "snapshot id"), *call.page())
