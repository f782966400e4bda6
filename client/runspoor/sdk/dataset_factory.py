"""``Dataset.File`` and ``Dataset.Tabular``: datasets of what a path says."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from runspoor.sdk.dataset_errors import DatasetValidationError
from runspoor.sdk.exceptions import NotOffered, UserErrorException
from runspoor.sdk.file_dataset import FileDataset
from runspoor.sdk.file_layout import checked_address
from runspoor.sdk.local_files import files_below
from runspoor.sdk.store_path import store_path
from runspoor.sdk.surface import Surface
from runspoor.sdk.table_reading import PromoteHeadersBehavior, encoding_name, headers, reading
from runspoor.sdk.tabular_dataset import TabularDataset

if TYPE_CHECKING:
    from runspoor.sdk.workspace import Workspace


INVALID_LINES = {"error": False, "drop": True}


class FileDatasetFactory(Surface, v1="azureml.data.dataset_factory.FileDatasetFactory"):
    """``Dataset.File``. A path is an address of the web, ``(datastore, 'path')``, a DataPath, or a list of these."""

    @staticmethod
    def from_files(path: Any, validate: bool = True, partition_format: str | None = None,
                   is_file: bool = False) -> FileDataset:
        """A dataset of the files at ``path``; in a datastore's path ``*``, ``?`` and ``**`` stand for parts of names.

        Nothing is read: a path of a datastore that leads nowhere is refused (if ``validate``) when the dataset is
        registered or first used, an address when it is read.
        """
        if partition_format is not None:
            raise NotOffered("partition_format", "read the parts of the path in the script")
        sources, workspace = _sources(path)
        return FileDataset._of({"sources": sources, **({} if validate else {"validate": False})}, workspace)

    @staticmethod
    def upload_directory(src_dir: str, target: Any, pattern: str | None = None, overwrite: bool = False,
                         show_progress: bool = True) -> FileDataset:
        """Copy a folder (of it what matches ``pattern``) to ``(datastore, 'folder')``; gives the dataset of that.

        UserErrorException when nothing matches, or ``target`` is no path of a datastore.
        """
        datastore, place = _place(target)
        files = files_below(src_dir, pattern)
        if not files:
            raise UserErrorException(f"There is nothing to upload: {src_dir!r} has no file"
                                     f"{f' that matches {pattern!r}' if pattern else ''}.")
        datastore._send(files, place, overwrite, show_progress)
        return FileDatasetFactory.from_files((datastore, place))


class TabularDatasetFactory(Surface, v1="azureml.data.dataset_factory.TabularDatasetFactory"):
    """``Dataset.Tabular``. Paths as for files; nothing is read before rows are asked for."""

    @staticmethod
    def from_delimited_files(path: Any, validate: bool = True, include_path: bool = False,
                             infer_column_types: bool = True, set_column_types: Mapping[str, object] | None = None,
                             separator: str = ",", header: bool | PromoteHeadersBehavior = True,
                             partition_format: str | None = None, support_multi_line: bool = False,
                             empty_as_string: bool = False, encoding: str = "utf8") -> TabularDataset:
        """A dataset of the rows of CSV files and their like.

        ``set_column_types``: name of a column -> DataType. ``partition_format`` makes columns of parts of the path:
        ``/{Department}/{Date:yyyy/MM/dd}/data.csv``; ``include_path`` makes one of all of it, called Path.
        """
        return _table(path, validate, reading(
            set_column_types, partition_format, format="delimited", separator=separator, header=headers(header),
            encoding=encoding_name(encoding), include_path=include_path, infer_column_types=infer_column_types,
            support_multi_line=support_multi_line, empty_as_string=empty_as_string))

    @staticmethod
    def from_parquet_files(path: Any, validate: bool = True, include_path: bool = False,
                           set_column_types: Mapping[str, object] | None = None,
                           partition_format: str | None = None) -> TabularDataset:
        """A dataset of the rows of Parquet files."""
        return _table(path, validate, reading(set_column_types, partition_format, format="parquet",
                                              include_path=include_path))

    @staticmethod
    def from_json_lines_files(path: Any, validate: bool = True, include_path: bool = False,
                              set_column_types: Mapping[str, object] | None = None,
                              partition_format: str | None = None, invalid_lines: str = "error",
                              encoding: str = "utf8") -> TabularDataset:
        """A dataset of JSON objects, one a line. ``invalid_lines``: error, or drop. The rest as for CSV files."""
        if invalid_lines not in INVALID_LINES:
            raise UserErrorException(f"invalid_lines is 'error' or 'drop', not {invalid_lines!r}.")
        return _table(path, validate, reading(
            set_column_types, partition_format, format="json_lines", include_path=include_path,
            drops_invalid_lines=INVALID_LINES[invalid_lines], encoding=encoding_name(encoding)))

    @staticmethod
    def register_pandas_dataframe(dataframe: Any, target: Any, name: str, description: str | None = None,
                                  tags: Mapping[str, object] | None = None, show_progress: bool = True,
                                  row_group_size: int | None = None,
                                  make_target_path_unique: bool = True) -> TabularDataset:
        """Write a DataFrame as Parquet to ``target``, and register it as a new version of ``name``.

        ``target``: a datastore, ``(datastore, 'folder')`` or a DataPath; the file is put into a folder of its own below
        it, or without ``make_target_path_unique`` into itself, in the place of the one that is there.
        """
        from runspoor.tables.parquet_file import written

        datastore, place = _place((target, "") if hasattr(target, "datastore_type") else target)
        folder = "/".join(filter(None, (place, uuid.uuid4().hex if make_target_path_unique else "")))
        with written(dataframe, row_group_size) as file:
            datastore._send({file.name: file}, folder, True, show_progress)
        made = TabularDatasetFactory.from_parquet_files((datastore, f"{folder}/{file.name}" if folder else file.name))
        return made.register(datastore.workspace, name, description, tags, create_new_version=True)


def _table(path: object, validate: bool, reading: Mapping[str, object]) -> TabularDataset:
    sources, workspace = _sources(path)
    return TabularDataset._of({"sources": sources, "reading": reading, **({} if validate else {"validate": False})},
                              workspace)


def _sources(path: object) -> tuple[list[dict[str, str]], Workspace | None]:
    """The sources as ``POST datasets`` takes them, and the workspace of the datastores among them."""
    given = path if isinstance(path, list) else [path]
    if not given:
        raise DatasetValidationError("A dataset needs at least one path: path is an empty list.")
    found = [_source(each) for each in given]
    return [source for source, _ in found], next((workspace for _, workspace in found if workspace), None)


def _source(path: object) -> tuple[dict[str, str], Workspace | None]:
    if isinstance(path, str):
        return {"url": checked_address(path)}, None
    datastore, place = _place(path)
    return {"datastore": datastore.name, "path": place}, datastore.workspace


def _place(path: object) -> tuple[Any, str]:
    """A datastore and a path of it. Raises UserErrorException."""
    datastore, inner = path if isinstance(path, tuple) and len(path) == 2 else (
        getattr(path, "datastore", None), getattr(path, "path_on_datastore", None))
    if not hasattr(datastore, "datastore_type"):
        raise UserErrorException(f"{type(path).__name__} is no path of a dataset: give an address, "
                                 "(datastore, 'folder'), or a list of them.")
    return datastore, store_path(inner)
