"""HTTP: datasets, and the files they stand for."""

import azure.functions as func

from function_app.http_call import Answer, Call, bind
from shared.application import datasets
from shared.contract.datasets import DatasetModel, DatasetRequest, DatasetUpdate, InputFiles
from shared.contract.responses import Page, ViewPage
from shared.domain import limits

bp = func.Blueprint()
MOST_VERSIONS = 10**9


@bind(bp, "create_dataset")
def create_dataset(call: Call) -> Answer:
    dataset, new = datasets.create(call.backend, call.body(DatasetRequest), call.cause())
    return call.made(dataset, new)


@bind(bp, "list_datasets")
def list_datasets(call: Call) -> ViewPage[DatasetModel]:
    return datasets.page(call.backend, *call.page())


@bind(bp, "get_dataset")
def get_dataset(call: Call) -> DatasetModel:
    return datasets.find(call.backend, *_version(call))


@bind(bp, "update_dataset")
def update_dataset(call: Call) -> DatasetModel:
    return datasets.update(call.backend, *_version(call), call.body(DatasetUpdate), call.cause(once=False))


@bind(bp, "list_dataset_versions")
def list_dataset_versions(call: Call) -> Page[DatasetModel]:
    before = call.number("cursor", 0, 1, MOST_VERSIONS) if call.query("cursor") is not None else None
    return datasets.versions(call.backend, call.path("name", "dataset name"), call.limit(), before)


@bind(bp, "get_saved_dataset")
def get_saved_dataset(call: Call) -> DatasetModel:
    return datasets.find_by_id(call.backend, call.path("dataset_id", "dataset id"))


@bind(bp, "list_dataset_files")
def list_dataset_files(call: Call) -> InputFiles:
    return datasets.files(call.backend, call.path("dataset_id", "dataset id"), *file_page(call))


def file_page(call: Call) -> tuple[int, str | None, bool]:
    """How many files are wanted, behind which cursor, and whether they are compared with their pins first."""
    limit = call.number("limit", limits.INPUT_FILES_PAGE, 1, limits.INPUT_FILES_PAGE)
    return limit, call.query("cursor"), call.flag("check")


def _version(call: Call) -> tuple[str, int | None]:
    name = call.path("name", "dataset name")
    return name, call.number("version", 0, 1, MOST_VERSIONS) if call.query("version") is not None else None
