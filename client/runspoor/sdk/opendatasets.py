"""Azure Open Datasets as file datasets over their public addresses, or over a mirror.

The variable RUNSPOOR_OPENDATASETS_URL names a mirror: an address directly below which the files lie.
"""

from __future__ import annotations

import os
from xml.etree import ElementTree

from runspoor.errors import RunspoorError
from runspoor.sdk.dataset_factory import FileDatasetFactory, TabularDatasetFactory
from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.file_dataset import FileDataset
from runspoor.sdk.surface import Surface
from runspoor.sdk.tabular_dataset import TabularDataset
from runspoor.sdk.web_files import web

MIRROR = "RUNSPOOR_OPENDATASETS_URL"
PUBLIC = "https://azureopendatastorage.blob.core.windows.net"
MNIST_FILES = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}
DIABETES = "diabetes.parquet"
"""Of a mirror. The public names are those of the job that wrote them, so they are looked up."""


def _mirror() -> str | None:
    return (os.environ.get(MIRROR) or "").rstrip("/") or None


class MNIST(Surface, v1="azureml.opendatasets.MNIST"):
    """Handwritten digits: 60,000 images to train with, 10,000 to test with, in four files."""

    @classmethod
    def get_file_dataset(cls, dataset_filter: str = "all", enable_telemetry: bool = True) -> FileDataset:
        """The files, ``train`` or ``test`` ones only if so asked. Nothing is told to anybody."""
        if dataset_filter not in ("all", *MNIST_FILES):
            raise UserErrorException(f"dataset_filter is one of all, {', '.join(MNIST_FILES)}, not {dataset_filter!r}.")
        names = [name for part, files in MNIST_FILES.items() if dataset_filter in ("all", part) for name in files]
        base = _mirror() or f"{PUBLIC}/mnist"
        return FileDatasetFactory.from_files([f"{base}/{name}" for name in names])


class Diabetes(Surface, v1="azureml.opendatasets.Diabetes"):
    """442 patients: ten measures of each, and how the disease went on a year later."""

    @classmethod
    def get_file_dataset(cls, enable_telemetry: bool = True) -> FileDataset:
        """The Parquet files."""
        return FileDatasetFactory.from_files(_diabetes())

    @classmethod
    def get_tabular_dataset(cls, enable_telemetry: bool = True) -> TabularDataset:
        """The rows."""
        return TabularDatasetFactory.from_parquet_files(_diabetes())


def _diabetes() -> list[str]:
    mirror = _mirror()
    return [f"{mirror}/{DIABETES}"] if mirror else _public("mlsamples", "diabetes/", ".parquet")


def _public(container: str, prefix: str, suffix: str) -> list[str]:
    """The addresses of blobs of a public container."""
    address = f"{PUBLIC}/{container}"
    try:
        with web().download(f"{address}?restype=container&comp=list&prefix={prefix}") as pieces:
            listed = ElementTree.fromstring(b"".join(pieces))
    except (RunspoorError, ElementTree.ParseError) as error:
        raise UserErrorException(f"{address} cannot be read ({error}): set {MIRROR} to the address of a "
                                 "copy.") from error
    names = [name.text or "" for name in listed.iter("Name")]
    found = [f"{address}/{name}" for name in names if name.endswith(suffix)]
    if not found:
        raise UserErrorException(f"{address}/{prefix} has no {suffix} files any more: set {MIRROR} to the address of a "
                                 "copy.")
    return found
