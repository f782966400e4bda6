"""Blobs on their way to the disk."""

import errno
from pathlib import Path
from typing import cast

import pytest

from runner.blobs import Blobs
from runner.connections import Connections
from runner.grants import Grants
from tests.integration.runner.flaky_site import Site, serving


class Granted:
    """Grants of a site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def url(self, right: str, name: str) -> str:
        return f"{self._site.url}/{name}"


@pytest.mark.parametrize(("target", "number"), [("/dev/full", errno.ENOSPC), ("/nowhere/a", errno.ENOENT)])
def test_a_full_disk_is_said_at_once(target: str, number: int) -> None:
    """As trouble of the network it would be tried again for an hour."""
    with serving() as site:
        site.files["/a"] = b"x" * 1_000_000
        connections = Connections()
        with pytest.raises(OSError) as raised:
            Blobs(cast("Grants", Granted(site)), connections).save("read", "a", Path(target))
        connections.close()
        assert raised.value.errno == number
        assert len(site.asked) == 1
