"""The breakable system, and a v1 workspace that reaches it over a bad network only."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from runspoor.sdk.workspace import Workspace

from tests.end_to_end.bad_server.bad_network import BadNetwork, bad_network
from tests.end_to_end.intercepted import Intercepted


@pytest.fixture
def network(world: Intercepted) -> Iterator[BadNetwork]:
    """A way to the breakable system on which things may go wrong."""
    with bad_network(world.system) as network:
        yield network


@pytest.fixture
def workspace(world: Intercepted, network: BadNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """One that knows no other way, in a folder of its own."""
    monkeypatch.setenv("RUNSPOOR_URL", network.url)
    monkeypatch.setenv("RUNSPOOR_KEY", world.system.state.key)
    monkeypatch.chdir(tmp_path)
    return Workspace("a-subscription", "a-group", "a-workspace")
