"""Datasets of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable
from urllib.parse import urlsplit

from runspoor.sdk.conditions import Column, condition
from runspoor.sdk.dataset_errors import DatasetExecutionError
from runspoor.sdk.exceptions import UserErrorException, translated
from runspoor.sdk.file_layout import layout, shown
from runspoor.sdk.table_reading import column_names
from runspoor.sdk.time_filters import TimedRows

if TYPE_CHECKING:
    from runspoor.tables.file_bytes import TableFile

FILES_PER_PAGE = 1_000
ERRORS, OUT_OF_RANGE = ("null", "fail"), ("null", "clip", "fail")


class TabularDataset(TimedRows, v1="azureml.data.TabularDataset"):
    """Rows in files. It can be read, registered, and handed to a run, whose script gets its id."""

    _kind = "tabular"

    def __init__(self) -> None:
        super().__init__()
        self._whole: TabularDataset = self

    def to_pandas_dataframe(self, on_error: str = "null", out_of_range_datetime: str = "null") -> Any:
        """The rows as a ``pandas.DataFrame``; what is empty or NaN is missing in it.

        ``on_error``: what becomes of values that are not of the type that set_column_types says: null, or fail.
        ``out_of_range_datetime``: of dates that pandas does not know: null, clip, or fail. Raises
        DatasetExecutionError with file and row when the data cannot be read, UserErrorException without pyarrow or
        pandas.
        """
        from runspoor.tables.frames import frame
        from runspoor.tables.libraries import pandas

        for name, value, known in (("on_error", on_error, ERRORS),
                                   ("out_of_range_datetime", out_of_range_datetime, OUT_OF_RANGE)):
            if value not in known:
                raise UserErrorException(f"{name} is one of {', '.join(map(repr, known))}, and not {value!r}.")
        pandas()
        return frame(self._read(on_error == "fail"), out_of_range_datetime)

    def keep_columns(self, columns: str | Sequence[str], validate: bool = False) -> TabularDataset:
        """The dataset with these columns alone, in the order they have; ``validate``: look now whether they exist."""
        return self._after("keep_columns", columns=column_names(columns, 1))._checked(validate)

    def drop_columns(self, columns: str | Sequence[str]) -> TabularDataset:
        """The dataset without these columns."""
        names = column_names(columns)
        return self._after("drop_columns", columns=names) if names else self

    def __getitem__(self, key: object) -> Column:
        """A column, to be compared with a value: ``data["age"] > 30`` is a condition for ``filter``."""
        if not isinstance(key, str):
            raise UserErrorException(f"A column has a text as its name, and not {key!r}.")
        return Column(key)

    def filter(self, expression: object) -> TabularDataset:
        """The rows of which a condition is true, such as ``(data["age"] > 30) & (data["class"] == "first")``."""
        return self._after("filter", where=condition(expression))

    def _checked(self, validate: bool) -> TabularDataset:
        if validate:
            self.take(0)._read()
        return self

    def _changed(self, **definition: object) -> TabularDataset:
        made = super()._changed(**definition)
        # A part is read from the files of the whole, as those were when it was registered.
        made._whole = self._whole
        return made

    def _read(self, fails: bool = False) -> Any:
        """The rows, as ``pyarrow.Table``."""
        from runspoor.tables.reading import Table
        from runspoor.transport import Storage

        storage = Storage()
        try:
            return Table(self._definition, self._whole._files(), storage, fails).read()
        finally:
            storage.close()

    @translated()
    def _files(self) -> list[TableFile]:
        """Where the rows are. UserErrorException when only a backend knows it, and the dataset belongs to none."""
        from runspoor.tables.file_bytes import TableFile

        urls = [each["url"] for each in self._definition["sources"] if each.get("url")]
        if len(urls) == len(self._definition["sources"]):
            return [TableFile(path, url, shown(url)) for path, url in layout(urls).items()]
        if self._workspace is None:
            raise UserErrorException("The dataset belongs to no workspace yet: register it first.")
        hosts = {urlsplit(url).netloc for url in urls}
        return [TableFile(each["path"], each["url"],
                          shown(each["url"]) if urlsplit(each["url"]).netloc in hosts else f"/{each['path']}",
                          each.get("etag"), self._renewal(each["path"])) for each in self._pages()]

    def _pages(self) -> list[Any]:
        assert self._workspace
        address = f"dataset-ids/{self._saved_in(self._workspace)}/files"
        return [*self._workspace.api.pages(address, {"limit": FILES_PER_PAGE})]

    def _renewal(self, path: str) -> Callable[[], str]:
        """URLs are good for minutes, and a table may be read for longer."""
        def renewed() -> str:
            found = next((str(each["url"]) for each in self._pages() if each["path"] == path), None)
            if found is None:
                raise DatasetExecutionError(f"There is no file at /{path} any more.", None)
            return found

        return renewed
