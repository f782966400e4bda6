"""An Idempotency-Key that came before, with other contents: refused, and never a fault of ours."""

from dataclasses import replace

import pytest

from shared.application import datasets, environments, models
from shared.contract.datasets import DatasetRequest, SourceRequest
from shared.contract.environments import RegisterEnvironmentRequest
from shared.contract.models import ModelUpdate
from shared.domain.errors import NotFound, Rejected
from tests.unit.application.deployment import CAUSE, Deployment
from tests.unit.application.test_models import register, upload

ONCE = replace(CAUSE, command_id="http:route:key")


def test_of_an_environment() -> None:
    backend = Deployment().backend
    wanted = RegisterEnvironmentRequest(name="e", python="/a")
    for is_new in (True, False):
        made, new = environments.register(backend, wanted, ONCE)
        assert (made.version, new) == ("1", is_new)
    with pytest.raises(Rejected, match="use a new one"):
        environments.register(backend, RegisterEnvironmentRequest(name="e", python="/b"), ONCE)


def test_of_a_dataset() -> None:
    backend = Deployment().backend

    def wanted(url: str) -> DatasetRequest:
        return DatasetRequest(name="d", kind="file", sources=[SourceRequest(url=url)], create_new_version=True)

    assert [datasets.create(backend, wanted("https://a.example/1"), ONCE)[0].version for _ in range(2)] == [1, 1]
    with pytest.raises(Rejected, match="use a new one"):
        datasets.create(backend, wanted("https://a.example/2"), ONCE)


def test_of_a_model() -> None:
    world = Deployment()
    register(world, upload("net.pkl"))
    models.change(world.backend, "net", 1, ModelUpdate(description="x"), ONCE)
    with pytest.raises(NotFound, match="Version 2"):
        models.change(world.backend, "net", 2, ModelUpdate(description="x"), ONCE)
