"""Outputs whose files are read as rows: the dataset they become is a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from runspoor.sdk.abstract_output import OutputDatasetConfig
from runspoor.sdk.exceptions import UserErrorException
from runspoor.sdk.surface import Surface
from runspoor.sdk.table_reading import PromoteHeadersBehavior, column_names, headers, reading

if TYPE_CHECKING:
    from runspoor.sdk.output_dataset_config import OutputFileDatasetConfig
    from runspoor.sdk.run_data import GlobsOptions
    from runspoor.sdk.workspace import Workspace


class TransformationMixin(Surface, v1="azureml.data.output_dataset_config.TransformationMixin"):
    """What makes a table of an output's files. ``path_glob``: of those that match, ``*.csv`` say; none: of all.

    ``set_column_types`` and ``partition_format`` are those of ``Dataset.Tabular``.
    """

    def read_delimited_files(self, include_path: bool = False, separator: str = ",",
                             header: bool | PromoteHeadersBehavior = PromoteHeadersBehavior.ALL_FILES_HAVE_SAME_HEADERS,
                             partition_format: str | None = None, path_glob: str | None = None,
                             set_column_types: Mapping[str, object] | None = None) -> OutputTabularDatasetConfig:
        """The output, as rows of delimited files. Columns are text but for those of ``set_column_types``, as in v1."""
        return self._read_as(path_glob, reading(set_column_types, partition_format, format="delimited",
                                                separator=separator, header=headers(header), include_path=include_path,
                                                infer_column_types=False))

    def read_parquet_files(self, include_path: bool = False, partition_format: str | None = None,
                           path_glob: str | None = None, set_column_types: Mapping[str, object] | None = None
                           ) -> OutputTabularDatasetConfig:
        """The output, as rows of Parquet files."""
        return self._read_as(path_glob, reading(set_column_types, partition_format, format="parquet",
                                                include_path=include_path))

    def _read_as(self, glob: str | None, reading: Mapping[str, Any]) -> OutputTabularDatasetConfig:
        table = {"reading": reading, **({"glob": glob} if glob else {})}
        return OutputTabularDatasetConfig(output_file_dataset_config=self, table=table)


class OutputTabularDatasetConfig(OutputDatasetConfig,
                                 v1="azureml.data.output_dataset_config.OutputTabularDatasetConfig"):
    """An output as rows: made by ``read_delimited_files`` or ``read_parquet_files`` of an OutputFileDatasetConfig."""

    _kind: ClassVar[str] = "tabular"
    _delivery: ClassVar[str] = "direct"

    def __init__(self, **kwargs: Any) -> None:
        output: OutputFileDatasetConfig | None = kwargs.get("output_file_dataset_config")
        if output is None or "table" not in kwargs:
            raise UserErrorException("An output of rows is made of one of files: OutputFileDatasetConfig(...)."
                                     "read_delimited_files().")
        super().__init__(output.mode, output.name)
        self._output, self._table = output, kwargs["table"]
        self._registration, self._written = output._registration, output._written

    def as_mount(self) -> OutputTabularDatasetConfig:
        """The same output: files are stored as the script goes on, and kept when it fails."""
        return self._with(mode="mount", _output=self._output.as_mount())

    def as_upload(self, overwrite: bool = False,
                  source_globs: str | Sequence[str] | GlobsOptions | None = None) -> OutputTabularDatasetConfig:
        """The same output: files are stored when the script succeeded."""
        return self._with(mode="upload", _output=self._output.as_upload(overwrite, source_globs))

    def keep_columns(self, columns: str | Sequence[str]) -> OutputTabularDatasetConfig:
        """The output with these columns alone."""
        return self._after("keep_columns", column_names(columns, 1))

    def drop_columns(self, columns: str | Sequence[str]) -> OutputTabularDatasetConfig:
        """The output without these columns."""
        names = column_names(columns)
        return self._after("drop_columns", names) if names else self

    def to_output(self, workspace: Workspace) -> tuple[str, dict[str, Any]]:
        """The output's name, and OutputRequest."""
        _, body = self._output._with(_registration=self._registration).to_output(workspace)
        return self.name, {**body, "table": self._table}

    def _after(self, kind: str, columns: list[str]) -> OutputTabularDatasetConfig:
        steps = [*self._table.get("steps", ()), {"kind": kind, "columns": columns}]
        return self._with(_table={**self._table, "steps": steps})
