"""The outputs of a run in datastores: where its node may write, and what callers see of them."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from shared.application import datastores
from shared.application.backend import Backend
from shared.application.destinations import container
from shared.application.grants import current
from shared.application.inputs import checked_place
from shared.application.paths import confined
from shared.application.stored import PARALLEL_LOOKS
from shared.contract.datastores import FileUploads
from shared.contract.outputs import RunInput, RunOutput
from shared.contract.submission import OutputRequest
from shared.domain.data_matrix import Way, refusal
from shared.domain.datastore import DatastoreDefinition
from shared.domain.definition import DatastorePath, Output, RunDefinition
from shared.domain.destinations import DEFAULT_PATH, claimed, filled, lies_in, shared_place
from shared.domain.errors import Invalid, NotFound, Refusal
from shared.domain.ids import checked
from shared.domain.run_state import Run

LIFETIME = timedelta(minutes=30)
"""Of a URL to write one file; the node asks again."""


def asked(
    backend: Backend, wanted: Mapping[str, OutputRequest], run_id: str, known: RunDefinition | None
) -> dict[str, Output]:
    """The outputs of a submission, each with its path. ``known``: the run's definition if it has been submitted."""
    return {name: Output.model_validate({**each.model_dump(), "path": _path(backend, each, run_id, name, known)})
            for name, each in wanted.items()}


def _path(
    backend: Backend, wanted: OutputRequest, run_id: str, name: str, known: RunDefinition | None
) -> DatastorePath:
    if wanted.path is not None:
        return DatastorePath(datastore=wanted.path.datastore, path=filled(wanted.path.path, run_id, name))
    if known and name in known.outputs:
        return known.outputs[name].path  # Another datastore may be the default by now.
    return DatastorePath(datastore=datastores.default(backend), path=filled(DEFAULT_PATH, run_id, name))


def check(backend: Backend, definition: RunDefinition) -> None:
    """``Invalid`` when the run cannot write one of its outputs, or read a path of a datastore where it runs."""
    places: dict[str, str] = {}
    for name, each in definition.outputs.items():
        try:
            places[name] = f"{container(_check(backend, definition, each))}/{claimed(each)}".rstrip("/")
        except Refusal as refused:
            raise Invalid(f"Output {name!r} cannot be written: {refused}") from refused
    if clash := shared_place(places):
        raise Invalid(f"The outputs {clash[0]!r} and {clash[1]!r} go to one place: name paths that lie apart, or leave "
                      "them out.")
    _check_places(definition)
    for name, given in definition.inputs.items():
        if given.path and given.mode != "direct":
            _check_way(backend, definition, f"Input {name!r} cannot be had", given.path, given.mode)


def _check(backend: Backend, definition: RunDefinition, output: Output) -> DatastoreDefinition:
    """Where it goes."""
    if definition.is_interactive:
        raise Invalid("an interactive run writes files by itself: upload them to the datastore, or below ./outputs.")
    where = datastores.definition(backend, output.path.datastore)
    if output.path.path:
        confined(output.path.path)
    elif output.prepared:
        raise Invalid("its path is the whole datastore: name a folder of it.")
    checked_place(output.path_on_compute)
    if output.register_as:
        checked("dataset name", output.register_as.name)
    if not output.prepared:
        _check_way(backend, definition, "by reference", output.path, "upload")
    return where


def _check_way(backend: Backend, definition: RunDefinition, what: str, path: DatastorePath, way: Way) -> None:
    if definition.is_interactive:
        return
    kind = datastores.definition(backend, path.datastore).kind
    if reason := refusal("local" if definition.is_local else "cluster", kind, way):
        raise Invalid(f"{what}: {reason}")


def _check_places(definition: RunDefinition) -> None:
    """``Invalid`` unless each output has a place of its own on the node."""
    places = {name: _place(each.path_on_compute) for name, each in definition.outputs.items() if each.path_on_compute}
    if clash := shared_place(places):
        raise Invalid(f"The outputs {clash[0]!r} and {clash[1]!r} share a place on the node: give each a "
                      "'path_on_compute' of its own.")
    inputs = {name: _place(each.path_on_compute) for name, each in definition.inputs.items() if each.path_on_compute}
    for name, place in places.items():
        if inside := next((each for each, where in inputs.items() if lies_in(where, place)), None):
            raise Invalid(f"The input {inside!r} lies in the folder of output {name!r} on the node, and would be "
                          "written with it: give one of them another 'path_on_compute'.")


def _place(path: str) -> str:
    """``path_on_compute`` for comparing: ``./a/`` and ``a`` are the same, ``.`` is the script's folder."""
    inner = "/".join(part for part in path.split("/") if part not in ("", "."))
    return f"/{inner}" if path.startswith("/") else f"./{inner}".rstrip("/")


def uploads(backend: Backend, run_id: str, attempt: int, name: str, paths: Sequence[str]) -> FileUploads:
    """URLs by which the attempt can write files of its output ``name``; ``paths`` are below the output's own folder.
    What a mounted one has, the attempt can delete as well.

    ``Fenced`` when the attempt does not count any more; ``Invalid`` for a path that would lead out of the folder.
    """
    wanted = current(backend, run_id, attempt).outputs.get(name)
    if wanted is None:
        raise NotFound(f"The run has no output {name[:80]!r}: its definition names those it has.")
    places = [_writable(wanted, path) for path in paths]
    definition, files = datastores.resolved(backend, wanted.path.datastore)
    until = backend.clock() + LIFETIME
    with ThreadPoolExecutor(PARALLEL_LOOKS) as pool:
        urls = pool.map(lambda place: files.write_url(place, until, deletes=wanted.mode == "mount"), places)
        return FileUploads(kind=definition.kind, urls=dict(zip(paths, urls, strict=True)), expires_at=until)


def _writable(output: Output, path: str) -> str:
    """At the root of a datastore what the script makes has its own name only, which is what the run claims."""
    place = inside(output.path, path)
    if not lies_in(place, claimed(output)):
        raise Invalid(f"{path[:80]!r} is not {claimed(output)!r}, which is all that this output may write.")
    return place


def inside(folder: DatastorePath, path: str) -> str:
    """The path in the datastore of what is at ``path`` below ``folder``; ``Invalid`` when that leads elsewhere."""
    return confined(f"{folder.path}/{confined(path)}" if folder.path else confined(path))


def run_inputs(definition: RunDefinition) -> list[RunInput]:
    """What a run reads, as callers see it."""
    return [RunInput.model_validate({"name": name, **each.model_dump(exclude={"path_on_compute"})})
            for name, each in definition.inputs.items()]


def run_outputs(run: Run) -> list[RunOutput]:
    """What a run writes, as callers see it, with what has become of it."""
    assert run.definition
    return [RunOutput.model_validate({
        "name": name, **each.path.model_dump(), "mode": each.mode,
        **(run.stored[name].model_dump(exclude={"attempt", "name"}) if name in run.stored else {}),
    }) for name, each in run.definition.outputs.items()]
