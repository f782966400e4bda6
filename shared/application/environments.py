"""What callers do with environments: register, find, list. The curated ones are data, and always there."""

from shared.application import lists
from shared.application.backend import Backend, Cause, load, transact
from shared.contract.environments import EnvironmentModel, RegisterEnvironmentRequest
from shared.contract.responses import ViewPage
from shared.domain import limits
from shared.domain.curated import CURATED, PREFIX, VERSION, is_reserved
from shared.domain.definition import Environment
from shared.domain.environment import (
    ENVIRONMENT,
    EnvironmentVersion,
    EnvironmentVersions,
    RegisterEnvironment,
    unknown,
)
from shared.domain.errors import Invalid, NotFound
from shared.domain.ids import checked, environment_stream


def register(backend: Backend, request: RegisterEnvironmentRequest, cause: Cause) -> tuple[EnvironmentModel, bool]:
    """Register a definition; the same as in the newest version makes no other. Returns it, and whether it is new."""
    name = checked("environment name", request.name)
    if is_reserved(name):
        raise Invalid(f"{name!r} cannot be registered: names that begin with {PREFIX} belong to the environments that "
                      "come with Runspoor; choose another.")
    definition = Environment.model_validate(request.model_dump(exclude={"name", "version"}))
    size = len(definition.model_dump_json())
    if size > limits.EVENT_BYTES:
        raise Invalid(f"The environment's definition has {size:,} bytes and may have {limits.EVENT_BYTES:,}: name "
                      "fewer packages, or let an image bring them.")
    environment, new = transact(backend, ENVIRONMENT, environment_stream(name), RegisterEnvironment(definition), cause)
    return model(environment, environment.like(definition)), new


def find(backend: Backend, name: str, version: str | None) -> EnvironmentModel:
    """A version of an environment, the newest without one; ``NotFound`` when there is none."""
    if is_reserved(name):
        return _curated(name, version)
    environment = load(backend, ENVIRONMENT, environment_stream(name))
    if version is not None and not (version.isascii() and version.isdigit() and len(version) < 10):
        raise NotFound(f"Environment {name!r} has no version {version[:40]!r}: versions are numbers from 1.")
    return model(environment, environment.numbered(int(version) if version else None))


def _curated(name: str, version: str | None) -> EnvironmentModel:
    known = next((each for each in CURATED if each.lower() == name.lower()), None)
    if known is None:
        raise NotFound(f"{unknown(name)} Of the names that begin with {PREFIX} there are {', '.join(sorted(CURATED))}.")
    if version not in (None, VERSION):
        raise NotFound(f"Environment {known!r} has no version {str(version)[:40]!r}: it has {VERSION}.")
    return curated_model(known)


def page(backend: Backend, limit: int, before: str | None) -> ViewPage[EnvironmentModel]:
    """A page of environments, the newest version of each; behind the registered ones, by falling name, the curated."""
    registered = lists.page(backend, "environment", EnvironmentModel, {}, limit, before)
    places = {lists.sort_key(None, name): name for name in CURATED}
    behind = [place for place in sorted(places, reverse=True) if before is None or place < before]
    added = behind[:limit - len(registered.value)]
    value = [*registered.value, *(curated_model(places[place]) for place in added)]
    return ViewPage(value=value, next=(added[-1] if len(added) < len(behind) else None) if added else registered.next,
                    as_of=registered.as_of)


def model(environment: EnvironmentVersions, version: EnvironmentVersion) -> EnvironmentModel:
    """A registered version as callers see it."""
    return _model(environment.name, str(version.number), version.definition, created_at=version.created_at)


def curated_model(name: str) -> EnvironmentModel:
    """One that comes with Runspoor, as callers see it."""
    return _model(name, VERSION, CURATED[name])


def _model(name: str, version: str, definition: Environment, **more: object) -> EnvironmentModel:
    shown = definition.model_dump(mode="json", exclude={"name", "version"})
    return EnvironmentModel.model_validate({"name": name, "version": version, "definition": shown, **more})
