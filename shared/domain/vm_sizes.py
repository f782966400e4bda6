"""Sizes of nodes, as data: what a compute target may be made of, and what a node of each size has.

Azure's names, without ``Standard_``. Batch takes any name and then has no nodes for ever, so a name that is not here is
refused. Source: Azure's pages of sizes for virtual machines, and those of Batch, which has no B series.
"""

import difflib
from dataclasses import dataclass

from shared.domain.errors import Invalid

PREFIX = "Standard_"


@dataclass(frozen=True)
class VmSize:
    """What a node of a size has. ``rdma``: its network is InfiniBand, which MPI and NCCL use by themselves."""

    name: str
    cores: int
    gpus: int = 0
    rdma: bool = False


V3 = "2 4 8 16 32 48 64"
V4 = f"{V3} 96"
V6 = f"{V4} 128"
E_V3 = "2 4 8 16 20 32 48 64"
E_V4 = f"{E_V3} 96"
E_V6 = f"{E_V4} 128"
D_V1 = "1 2 3:4 4:8 11:2 12:4 13:8 14:16"
D_V2 = "1 2 3:4 4:8 5:16 11:2 12:4 13:8 14:16 15:20"
K80 = "6:6:1 12:12:2 24:24:4"

SIZES_OF: tuple[tuple[str, str], ...] = (
    ("A{}_v2", "1 2 4 8"), ("A{}m_v2", "2 4 8"),
    ("D{} DS{}", D_V1), ("D{}_v2 DS{}_v2", D_V2),
    ("D{}_v3 D{}s_v3 D{}_v4 D{}s_v4 D{}d_v4 D{}ds_v4", V3),
    ("D{}a_v4 D{}as_v4 D{}_v5 D{}s_v5 D{}d_v5 D{}ds_v5 D{}as_v5 D{}ads_v5 D{}ls_v5 D{}lds_v5", V4),
    ("D{}as_v6 D{}ads_v6 D{}als_v6 D{}alds_v6", V4), ("D{}s_v6 D{}ds_v6 D{}ls_v6 D{}lds_v6", V6),
    ("DC{}s_v2", "1 2 4 8"), ("DC{}s_v3 DC{}ds_v3", "1 2 4 8 16 24 32 48"), ("DC{}as_v5 DC{}ads_v5", V4),
    ("E{}_v3 E{}s_v3 E{}_v4 E{}s_v4 E{}d_v4 E{}ds_v4", E_V3), ("E{}i_v3 E{}is_v3", "64"), ("E{}is_v4 E{}ids_v4", "80"),
    ("E{}a_v4 E{}as_v4 E{}as_v5 E{}ads_v5 E{}as_v6 E{}ads_v6", E_V4),
    ("E{}_v5 E{}s_v5 E{}d_v5 E{}ds_v5", f"{E_V4} 104"), ("E{}bs_v5 E{}bds_v5", "2 4 8 16 32 48 64 96 112"),
    ("E{}s_v6 E{}ds_v6", E_V6),
    ("F{} F{}s", "1 2 4 8 16"), ("F{}s_v2", "2 4 8 16 32 48 64 72"), ("F{}as_v6 F{}als_v6 F{}ams_v6", V3),
    ("FX{}mds", "4 12 24 36 48"),
    ("G{} GS{}", "1:2 2:4 3:8 4:16 5:32"),
    ("L{}s", "4 8 16 32"), ("L{}s_v2 L{}s_v3 L{}as_v3", "8 16 32 48 64 80"),
    ("M{} M{}m", "64 128"), ("M{}s M{}ms", "64 128"), ("M{}ms", "8 16 32"), ("M{}ls", "32 64"), ("M{}ts", "32"),
    ("M{}s_v2 M{}ms_v2", "208 416"),
    ("NC{} NC{}s_v2 NC{}s_v3 NV{}", K80), ("NC{}as_T4_v3", "4:4:1 8:8:1 16:16:1 64:64:4"),
    ("NC{}ads_A100_v4", "24:24:1 48:48:2 96:96:4"), ("NC{}ads_H100_v5", "40:40:1"), ("NC{}adis_H100_v5", "80:80:2"),
    ("NV{}s_v3", "12:12:1 24:24:2 48:48:4"), ("NV{}as_v4", "4:4:1 8:8:1 16:16:1 32:32:1"),
    ("NV{}ads_A10_v5", "6:6:1 12:12:1 18:18:1 36:36:1 72:72:2"), ("NV{}adms_A10_v5", "36:36:1"),
    ("NG{}ads_V620_v1", "8:8:1 16:16:1 32:32:1"), ("NG{}adms_V620_v1", "32:32:1"), ("ND{}s", K80),
    ("H{} H{}m", "8 16"), ("NP{}s", "10 20 40"),
)
"""Names with a hole, and what may stand there: ``number``, ``number:cores`` or ``number:cores:GPUs``."""

RDMA_SIZES_OF: tuple[tuple[str, str], ...] = (
    ("H{}r H{}mr", "16"), ("NC{}r NC{}rs_v2 NC{}rs_v3 ND{}rs", "24:24:4"), ("ND{}rs_v2", "40:40:8"),
    ("ND{}asr_v4 ND{}amsr_A100_v4 ND{}isr_H100_v5 ND{}isr_H200_v5 ND{}isr_MI300X_v5", "96:96:8"),
    ("HB{}rs", "60 60-15:15 60-30:30 60-45:45"), ("HC{}rs", "44 44-16:16 44-32:32"),
    ("HB{}rs_v2 HB{}rs_v3", "120 120-16:16 120-32:32 120-64:64 120-96:96"),
    ("HB{}rs_v4 HX{}rs", "176 176-24:24 176-48:48 176-96:96 176-144:144"),
)


def _sizes(table: tuple[tuple[str, str], ...], *, rdma: bool) -> dict[str, VmSize]:
    return {size.name.lower(): size for templates, numbers in table for template in templates.split()
            for number in numbers.split() for size in (_size(template, number, rdma=rdma),)}


def _size(template: str, number: str, *, rdma: bool) -> VmSize:
    hole, *counts = number.split(":")
    cores, gpus = (*map(int, counts or [hole]), 0)[:2]
    return VmSize(PREFIX + template.format(hole), cores, gpus, rdma)


VM_SIZES = {**_sizes(SIZES_OF, rdma=False), **_sizes(RDMA_SIZES_OF, rdma=True)}
"""Size by its name in lower case: Azure compares names without case."""


def vm_size(name: str) -> VmSize:
    """The size of that name; ``Invalid``, with the nearest that there is, when there is none."""
    if known := VM_SIZES.get(name.lower()):
        return known
    bare = name.lower().removeprefix(PREFIX.lower())
    near = difflib.get_close_matches(PREFIX.lower() + bare, VM_SIZES, n=3, cutoff=0)
    names = ", ".join(VM_SIZES[each].name for each in near)
    raise Invalid(f"There is no vm_size {name!r} for nodes: the nearest names are {names}.")
