"""What the tests of bad input share, and the check that none of them was a fault of ours."""

from collections.abc import Iterator

import pytest

from local.system import System
from tests.end_to_end.api import Api

Json = dict[str, object]


@pytest.fixture(scope="module")
def snapshot(api: Api) -> str:
    return api.snapshot({"train.py": "print('hello')", "src/ünï.py": ""})


@pytest.fixture(scope="module")
def run_id(api: Api) -> str:
    """A run that has ended and left a file."""
    run_id = api.submit("open('outputs/a.txt', 'w').write('a')")
    assert api.wait(run_id)["status"] == "Completed"
    return run_id


@pytest.fixture
def body(snapshot: str) -> Json:
    return {"experiment": "bad", "snapshot_id": snapshot, "compute_target": "cpu", "script": "train.py"}


@pytest.fixture(scope="module", autouse=True)
def _no_fault_of_ours(system: System, api: Api) -> Iterator[None]:
    """Whatever is sent by these tests, the backend itself does not fail."""
    log = system.state.logs / "host.log"
    before = log.stat().st_size
    yield
    said = log.read_bytes()[before:].decode(errors="replace")
    routes = ("submit_run", "create_snapshot", "log_metrics", "list_", "get_", "grant", "tag_run", "set_properties")
    assert "incident" not in said, said[said.index("incident"):][:3000]
    failed = [line for line in said.splitlines() if " failed " in line and any(route in line for route in routes)]
    assert not failed
