"""Sizes of nodes: what Azure calls them, what a node of each has, and what is near a name that nobody has."""

import re

import pytest

from shared.domain.errors import Invalid
from shared.domain.vm_sizes import VM_SIZES, VmSize, vm_size

KNOWN = (
    VmSize("Standard_D2s_v3", 2), VmSize("Standard_DS15_v2", 20), VmSize("Standard_E20s_v5", 20),
    VmSize("Standard_F72s_v2", 72), VmSize("Standard_L80as_v3", 80), VmSize("Standard_M416ms_v2", 416),
    VmSize("Standard_NC6s_v3", 6, 1), VmSize("Standard_NC24rs_v3", 24, 4, rdma=True),
    VmSize("Standard_NC64as_T4_v3", 64, 4), VmSize("Standard_NC80adis_H100_v5", 80, 2),
    VmSize("Standard_ND96asr_v4", 96, 8, rdma=True), VmSize("Standard_NV72ads_A10_v5", 72, 2),
    VmSize("Standard_HB120rs_v3", 120, rdma=True), VmSize("Standard_HB176-24rs_v4", 24, rdma=True),
)
"""As Azure's pages have them."""


@pytest.mark.parametrize("size", KNOWN, ids=lambda size: size.name)
def test_a_size_is_known_however_it_is_spelled(size: VmSize) -> None:
    assert vm_size(size.name) == vm_size(size.name.upper()) == vm_size(size.name.lower()) == size


@pytest.mark.parametrize(("name", "near"), [
    ("Standard_D2s_v9", "Standard_D2s_v6"), ("D4s_v5", "Standard_D4s_v5"), ("standard_nc6s-v3", "Standard_NC6s_v3"),
    ("Standrd_HB120rs_v3", "Standard_HB120rs_v3"), ("?", "Standard_")])
def test_an_unknown_size_is_refused_with_the_nearest(name: str, near: str) -> None:
    with pytest.raises(Invalid, match=f"{re.escape(repr(name))}.*{near}"):
        vm_size(name)


def test_the_table_is_whole() -> None:
    assert all(size.cores > 0 and size.gpus >= 0 and "{" not in size.name for size in VM_SIZES.values())
    assert all(size.rdma for name, size in VM_SIZES.items() if re.search(r"_(hb|hc|hx)", name))
    assert all(size.gpus for name, size in VM_SIZES.items() if re.match(r"standard_n[cdgv]", name))
