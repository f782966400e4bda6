"""Blob functions: two that share a container, one for a whole container."""

import time

import azure.functions as func

from .journal import note

bp = func.Blueprint()


@bp.blob_trigger(arg_name="blob", path="signals-%SPACE%/{run}/{attempt}/completed.json", connection="Storage")
def completed(blob: func.InputStream) -> None:
    note(function="completed", name=blob.name, body=blob.read().decode(), length=blob.length, uri=blob.uri,
         metadata=getattr(blob, "metadata", None))


@bp.blob_trigger(arg_name="blob", path="signals-%SPACE%/{run}/{attempt}/{signal}.json", connection="Storage")
async def any_signal(blob: func.InputStream) -> None:
    note(function="any_signal", name=blob.name)


@bp.blob_trigger(arg_name="blob", path="inbox-%SPACE%/{name}", connection="Storage")
def inbox(blob: func.InputStream) -> None:
    note(function="inbox", name=blob.name)
    first, rest = blob.read(4), blob.read()
    if first == b"fail":
        raise RuntimeError("as told")
    if first == b"wait":
        time.sleep(float(rest))
    note(function="inbox_done", name=blob.name, size=len(first) + len(rest))
