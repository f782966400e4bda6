"""Storage for each test."""

from collections.abc import Iterator

import pytest

from tests.integration.mount.mounts import CAN_MOUNT
from tests.integration.mount.storage import Storage, serving

collect_ignore = [] if CAN_MOUNT else ["test_mounted.py", "test_trouble.py", "test_processes.py"]


@pytest.fixture
def storage() -> Iterator[Storage]:
    with serving() as storage:
        yield storage
