"""Sizes of nodes under the names that v1 scripts have for them."""

from __future__ import annotations

from collections.abc import Mapping

DEFAULT = "Standard_D2s_v5"
"""For a configuration without a size: two cores, and no GPU to pay for."""

# Families that Azure has retired or is retiring (Dv2, K80, P100, P40, M60, V100), and what has as many cores, or GPUs
# of a later generation. A size that is not here goes to Batch as it is.
SUCCESSORS: Mapping[str, str] = {
    "STANDARD_D1": "Standard_D2s_v5", "STANDARD_D2": "Standard_D2s_v5", "STANDARD_D3": "Standard_D4s_v5",
    "STANDARD_D4": "Standard_D8s_v5", "STANDARD_D11": "Standard_E2s_v5", "STANDARD_D12": "Standard_E4s_v5",
    "STANDARD_D13": "Standard_E8s_v5", "STANDARD_D14": "Standard_E16s_v5",
    "STANDARD_D1_V2": "Standard_D2s_v5", "STANDARD_D2_V2": "Standard_D2s_v5", "STANDARD_D3_V2": "Standard_D4s_v5",
    "STANDARD_D4_V2": "Standard_D8s_v5", "STANDARD_D5_V2": "Standard_D16s_v5", "STANDARD_D11_V2": "Standard_E2s_v5",
    "STANDARD_D12_V2": "Standard_E4s_v5", "STANDARD_D13_V2": "Standard_E8s_v5",
    "STANDARD_D14_V2": "Standard_E16s_v5", "STANDARD_D15_V2": "Standard_E20s_v5",
    "STANDARD_DS1_V2": "Standard_D2s_v5", "STANDARD_DS2_V2": "Standard_D2s_v5",
    "STANDARD_DS3_V2": "Standard_D4s_v5", "STANDARD_DS4_V2": "Standard_D8s_v5",
    "STANDARD_DS5_V2": "Standard_D16s_v5", "STANDARD_DS11_V2": "Standard_E2s_v5",
    "STANDARD_DS12_V2": "Standard_E4s_v5", "STANDARD_DS13_V2": "Standard_E8s_v5",
    "STANDARD_DS14_V2": "Standard_E16s_v5", "STANDARD_DS15_V2": "Standard_E20s_v5",
    "STANDARD_NC6": "Standard_NC4as_T4_v3", "STANDARD_NC12": "Standard_NC64as_T4_v3",
    "STANDARD_NC24": "Standard_NC64as_T4_v3", "STANDARD_NC24R": "Standard_NC64as_T4_v3",
    "STANDARD_NC6S_V2": "Standard_NC16as_T4_v3", "STANDARD_NC12S_V2": "Standard_NC64as_T4_v3",
    "STANDARD_NC24S_V2": "Standard_NC64as_T4_v3", "STANDARD_NC24RS_V2": "Standard_NC64as_T4_v3",
    "STANDARD_NC6S_V3": "Standard_NC24ads_A100_v4", "STANDARD_NC12S_V3": "Standard_NC48ads_A100_v4",
    "STANDARD_NC24S_V3": "Standard_NC96ads_A100_v4", "STANDARD_NC24RS_V3": "Standard_NC96ads_A100_v4",
    "STANDARD_ND6S": "Standard_NC16as_T4_v3", "STANDARD_ND12S": "Standard_NC64as_T4_v3",
    "STANDARD_ND24S": "Standard_NC64as_T4_v3", "STANDARD_ND24RS": "Standard_NC64as_T4_v3",
    "STANDARD_NV6": "Standard_NV12ads_A10_v5", "STANDARD_NV12": "Standard_NV36ads_A10_v5",
    "STANDARD_NV24": "Standard_NV72ads_A10_v5",
}


def offered(size: str) -> str:
    """The size to ask of Batch for one of v1's; the same when nothing has to stand in for it."""
    return SUCCESSORS.get(size.upper(), size) if size else DEFAULT
