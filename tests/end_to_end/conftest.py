"""Whole local systems for the tests of the public surface."""

from collections.abc import Iterator

import pytest

from local.state import open_state
from local.system import System
from tests.end_to_end.api import Api, until
from tests.end_to_end.intercepted import Intercepted, intercepted_system

__all__ = ["Api", "until"]


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One system for all tests that leave it in order."""
    with System(open_state(tmp_path_factory.mktemp("system"))) as running:
        yield running


@pytest.fixture(scope="session")
def api(system: System) -> Iterator[Api]:
    api = Api(system.url, system.state.key)
    body = {"name": "cpu", "vm_size": "standard_d2s_v3", "min_nodes": 1, "max_nodes": 3}
    assert api.http.post("compute-targets", json=body).status_code == 201
    yield api
    api.http.close()


@pytest.fixture(scope="session")
def breakable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intercepted]:
    """One system for all tests that break it and mend it again."""
    with intercepted_system(tmp_path_factory.mktemp("breakable")) as world:
        yield world


@pytest.fixture
def world(breakable: Intercepted) -> Iterator[Intercepted]:
    """The breakable system, without traps and faults of the test before."""
    yield breakable
    breakable.proxy.clear()
    breakable.batch.delete("/_emulator/faults")
