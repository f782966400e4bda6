"""Datastores registered in a deployment in memory, and processes that die meanwhile."""

import base64
from collections.abc import Callable
from datetime import timedelta

import pytest

from shared.application import datastore_registry
from shared.application import react as reactions
from shared.contract.datastores import DatastoreModel, DatastoreRequest
from tests.unit.application.deployment import CAUSE, Deployment

KEY, OTHER_KEY = (base64.b64encode(text * 32).decode() for text in (b"k", b"o"))
SAS = "sv=2026-10-06&sr=c&sp=rl&se=2030-01-01&sig=c2VjcmV0"


class Died(Exception):
    """The process is gone."""


def registered(world: Deployment, **changes: object) -> tuple[DatastoreModel, bool]:
    request = DatastoreRequest.model_validate(
        {"name": "Pictures", "kind": "blob", "account": "photos", "container": "pictures", **changes})
    return datastore_registry.register(world.backend, request, CAUSE)


def events(world: Deployment) -> list[str]:
    """What happened to the names; secrets are another matter."""
    names = [type(event).__name__ for commit in world.commits for event in commit.events]
    return [name for name in names if not name.startswith("Secret")]


def react(world: Deployment, later: timedelta = timedelta()) -> None:
    """All that the history asks for, so much later."""
    world.now += later
    for stream in world.called():
        reactions.react(world.backend, stream, CAUSE)


def dies_at(monkeypatch: pytest.MonkeyPatch, place: object, name: str, *, after: bool = False) -> None:
    done: Callable[..., object] = getattr(place, name)

    def dying(*arguments: object) -> None:
        if after:
            done(*arguments)
        raise Died

    monkeypatch.setattr(place, name, dying)
