"""How all tests run: what a test finds must not depend on how busy the machine is."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from local.azurite import Azurite

settings.register_profile("runspoor", deadline=None)
settings.load_profile("runspoor")


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """For tests that keep to containers, or names, of their own: it takes longer to start than most of them."""
    with Azurite() as running:
        yield running
