"""Real storage (Azurite), the Cosmos emulator, and hosts as processes of their own."""

import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from azure.cosmos import CosmosClient, PartitionKey

from local.azurite import Azurite
from tests.integration.functions_host.host_process import EMULATOR_KEY, HostProcess

MakeHost = Callable[..., HostProcess]


@pytest.fixture(scope="module")
def storage() -> Iterator[str]:
    """The connection string of an Azurite in memory."""
    with Azurite() as azurite:
        yield azurite.connection_string


@pytest.fixture(scope="module")
def cosmos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The endpoint of a Cosmos emulator."""
    state = tmp_path_factory.mktemp("cosmos")
    command = [sys.executable, "-m", "local.cosmos", "--port", "0", "--state", str(state), "--watch-stdin"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().split()[1]
        process.terminate()


@pytest.fixture(scope="module")
def make(storage: str, cosmos: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeHost]:
    """Makes hosts, each in a new space, and ends them."""
    hosts: list[HostProcess] = []
    numbers = itertools.count(1)

    def make_host(**settings: str) -> HostProcess:
        space = f"s{next(numbers)}"
        database = CosmosClient(cosmos, credential=EMULATOR_KEY).create_database(f"sample-{space}")
        database.create_container("events", PartitionKey("/stream"))
        hosts.append(HostProcess(Path(tmp_path_factory.mktemp(space)), storage, cosmos, space, **settings))
        return hosts[-1]

    yield make_host
    for host in hosts:
        host.end()


@pytest.fixture(scope="module")
def host(make: MakeHost) -> HostProcess:
    """The host that all tests share which neither stop it nor start it again."""
    return make()


@pytest.fixture
def own_host(make: MakeHost) -> Iterator[HostProcess]:
    """A host for one test, which may kill it."""
    host = make()
    yield host
    host.end()
