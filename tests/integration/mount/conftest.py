"""Storage for each test. Where this machine cannot mount, what needs a real mount is not collected."""

from collections.abc import Iterator

import pytest
from runspoor.mount import device

from tests.integration.mount.storage import Storage, serving

collect_ignore: list[str] = []
try:
    device.check()
except device.CannotMount:
    collect_ignore += ["test_mounted.py", "test_trouble.py", "test_processes.py"]


@pytest.fixture
def storage() -> Iterator[Storage]:
    with serving() as storage:
        yield storage
