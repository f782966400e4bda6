"""Which data reference works where: Azure ML's table of computes and stores as data, and what to do instead.

A data reference is an input that names a path of a datastore, or an output whose folder the script makes itself.
Datasets, and outputs whose folder the node makes, are bound to no pair: every datastore serves them on every compute.
Source of the table: "Access data in Azure storage services", supported ways by compute and store.
"""

from collections.abc import Mapping
from typing import Literal

Way = Literal["mount", "download", "upload"]

COPIED: tuple[Way, ...] = ("download", "upload")
ALL: tuple[Way, ...] = ("mount", *COPIED)
MATRIX: Mapping[str, Mapping[str, tuple[Way, ...]]] = {
    "local": {"blob": COPIED, "share": COPIED},
    "cluster": {"blob": ALL, "share": ALL},
    "vm": {"blob": COPIED, "share": COPIED},
    "hdinsight": {"blob": COPIED, "share": COPIED},
    "data transfer": {},
    "databricks": {},
    "batch": {},
    "data lake analytics": {},
}
"""Compute -> store -> the ways of a data reference; what is missing has none, or in pipelines only."""

COMPUTES: Mapping[str, tuple[str, bool]] = {
    "local": ("the caller's own machine", True),
    "cluster": ("a compute target", True),
    "vm": ("a virtual machine of your own", False),
    "hdinsight": ("HDInsight", False),
    "data transfer": ("Data transfer", False),
    "databricks": ("Databricks", False),
    "batch": ("Azure Batch (of a pipeline)", False),
    "data lake analytics": ("Azure Data Lake Analytics", False),
}
"""Compute -> what people call it, and whether Runspoor has it."""
STORES: Mapping[str, tuple[str, bool]] = {
    "blob": ("a blob container", True),
    "share": ("an Azure Files share", True),
    "gen2": ("Azure Data Lake Storage gen2", True),
    "gen1": ("Azure Data Lake Storage gen1", False),
    "sql": ("Azure SQL Database", False),
    "postgresql": ("Azure Database for PostgreSQL", False),
}
"""Store -> what people call it, and whether Runspoor has it."""
AS_DATASET = "read it as a dataset, which may be mounted or downloaded anywhere"
AS_OUTPUT = "write it as an output with a destination (OutputFileDatasetConfig), which every datastore takes"
INSTEAD: Mapping[Way, str] = {"mount": f"use mode 'download', or {AS_DATASET}", "download": AS_DATASET,
                              "upload": AS_OUTPUT}


def refusal(compute: str, store: str, way: Way) -> str | None:
    """Why data of ``store`` cannot go this ``way`` by reference on ``compute``, and what can; none when it can."""
    (where, has_compute), (what, has_store) = COMPUTES[compute], STORES[store]
    if not has_compute:
        return f"{where} is no compute of Runspoor, {what} or not: use a compute target, or the caller's own machine."
    if not has_store:
        return f"{what} is no datastore of Runspoor: copy the data into a blob container and register that."
    ways = MATRIX[compute].get(store, ())
    if way in ways:
        return None
    if not ways:
        instead = AS_OUTPUT if way == "upload" else AS_DATASET
        return f"a data reference to {what} does not work on {where}, nor on any other compute: {instead}."
    return (f"a data reference to {what} does not work by {way} on {where}, only by {' and '.join(ways)}: "
            f"{INSTEAD[way]}.")
