"""Datasets of a deployment in memory, as the tests of pins make and read them."""

from collections.abc import Mapping, Sequence

from shared.application import datasets
from shared.application.backend import Cause
from shared.contract.datasets import DatasetModel, DatasetRequest, InputFiles
from tests.unit.application.deployment import CAUSE, Deployment

STORE = "workspaceblobstore"


def digits() -> Deployment:
    """A few files in the datastore that is always there."""
    world = Deployment()
    for name in ("digits/a.csv", "digits/b/c.csv", "digits/d.txt", "one.csv"):
        put(world, name)
    return world


def put(world: Deployment, name: str, content: str | None = None) -> None:
    world.blobs.put("data", name, (content or name).encode(), overwrite=True)


def gone(world: Deployment, name: str) -> None:
    del world.blobs._blobs["data", name]


def wanted(sources: Sequence[Mapping[str, str]], **more: object) -> DatasetRequest:
    return DatasetRequest.model_validate({"name": "digits", "kind": "file", "sources": list(sources), **more})


def stored(*paths: str) -> list[dict[str, str]]:
    """Sources: addresses, and paths of the datastore that is always there."""
    return [{"url": path} if "://" in path else {"datastore": STORE, "path": path} for path in paths]


def made(world: Deployment, *paths: str, cause: Cause = CAUSE, **more: object) -> DatasetModel:
    return datasets.create(world.backend, wanted(stored(*paths), **more), cause)[0]


def files(world: Deployment, dataset: DatasetModel, limit: int = 1000, check: bool = False) -> dict[str, InputFiles]:
    """Every page by its cursor."""
    pages: dict[str, InputFiles] = {}
    cursor: str | None = None
    while True:
        page = datasets.files(world.backend, dataset.id, limit, cursor, check)
        assert len(page.value) <= limit
        pages[cursor or ""] = page
        cursor = page.next
        if cursor is None:
            return pages


def paths(world: Deployment, dataset: DatasetModel, limit: int = 1000) -> list[str]:
    return [file.path for page in files(world, dataset, limit).values() for file in page.value]
