"""The log calls of a run."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Union

from runspoor import points
from runspoor.points import Entry
from runspoor.sdk.exceptions import AzureMLException, UserErrorException
from runspoor.sdk.metric_log import MetricLog
from runspoor.sdk.surface import Surface

FOLDER = "outputs/metrics"
"""Where documents and images that were logged are kept."""
Document = Union[str, Mapping[str, object]]


class RunLogging(Surface):
    """Values are numbers, texts, booleans and None, and scalars of NumPy; other ones in ``log`` become their text.

    ``description`` is for v1's sake: it is not kept, there neither. Wrong values raise UserErrorException.
    """

    _metrics: MetricLog

    def log(self, name: str, value: object, description: str = "", step: int | None = None) -> None:
        """Log one value; again under the same name it makes a series."""
        if isinstance(value, (list, tuple, set)):
            raise UserErrorException(f"log({name!r}) takes one value, not a {type(value).__name__}: use log_list.")
        with _wrong_values():
            self._metrics.add(_one(name, value, None if step is None else int(step)))

    def log_list(self, name: str, value: Iterable[object], description: str = "") -> None:
        """Log many values at once; those of further calls under the same name follow them."""
        with _wrong_values():
            self._metrics.add(points.scalars(name, value if hasattr(value, "tolist") else _listed(name, value)))

    def log_row(self, name: str, description: str | None = None, **kwargs: object) -> None:
        """Log one row of a table; its columns are the keywords."""
        with _wrong_values():
            self._metrics.add(points.row(name, kwargs))

    def log_table(self, name: str, value: Mapping[str, object], description: str = "") -> None:
        """Log many rows: lists of equal length by column; a table of single values is one row."""
        with _wrong_values():
            self._metrics.add(points.table(name, value))

    def log_image(self, name: str, path: str | os.PathLike[str] | None = None, plot: object = None,
                  description: str = "") -> None:
        """Log an image file, or a plot that can ``savefig``; it is kept among the run's outputs."""
        if (path is None) == (plot is None):
            raise AzureMLException(f"log_image({name!r}) needs either path= or plot=.")
        if path is not None:
            return self._log_file(name, Path(path), Path(path).suffix)
        if not hasattr(plot, "savefig"):
            raise UserErrorException(f"log_image({name!r}): a {type(plot).__name__} has no savefig; save it to a file "
                                     "and pass path=.")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "plot.png"
            plot.savefig(file)
            return self._log_file(name, file, ".png")

    def log_confusion_matrix(self, name: str, value: Document, description: str = "") -> None:
        """Log a confusion matrix: v1's document of it, as a dictionary or JSON."""
        self._log_document(name, value)

    def log_accuracy_table(self, name: str, value: Document, description: str = "") -> None:
        """Log an accuracy table: v1's document of it, as a dictionary or JSON."""
        self._log_document(name, value)

    def log_predictions(self, name: str, value: Document, description: str = "") -> None:
        """Log a histogram of predictions: v1's document of it, as a dictionary or JSON."""
        self._log_document(name, value)

    def log_residuals(self, name: str, value: Document, description: str = "") -> None:
        """Log a histogram of residuals: v1's document of it, as a dictionary or JSON."""
        self._log_document(name, value)

    def flush(self, timeout_seconds: float = 300) -> None:
        """Return once all that was logged is stored. ServiceException when it is not within ``timeout_seconds``."""
        self._metrics.flush(timeout_seconds)

    def _log_document(self, name: str, value: Document) -> None:
        text = value if isinstance(value, str) else json.dumps(value, default=_plain)
        try:
            json.loads(text)
        except ValueError as error:
            raise UserErrorException(f"{name!r} is logged as a document, which is a dictionary or JSON: {error}.") \
                from error
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "document.json"
            file.write_text(text, encoding="utf-8")
            self._log_file(name, file, ".json")

    def _log_file(self, name: str, file: Path, suffix: str) -> None:
        with _wrong_values():
            points.check_name(name)
        stored = _new_name(name, suffix)
        self._keep({stored: file})
        self._metrics.add(points.image(name, stored))

    def _keep(self, files: Mapping[str, Path]) -> None:
        """Store files of metrics, by the time the run ends."""
        raise NotImplementedError


def _new_name(name: str, suffix: str) -> str:
    """A name that no file of the run has yet: a metric may be logged again."""
    plain = re.sub(r"[^\w.-]+", "_", name)[:100]
    return f"{FOLDER}/{plain}-{os.urandom(4).hex()}{suffix}"


def _one(name: str, value: object, step: int | None) -> list[Entry]:
    """v1 logs what is no single value (a dictionary, a date) as its text."""
    try:
        return points.scalar(name, value, step)
    except TypeError:
        points.check_name(name)
        return points.scalar(name, repr(value), step)


def _listed(name: str, values: object) -> list[object]:
    """The values; a generator, a set or a series gives them up here."""
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise TypeError(f"log_list({name!r}) takes values to iterate over, not a {type(values).__name__}; use log for "
                        "one value")
    return list(values)


def _plain(value: object) -> object:
    """Arrays and scalars of NumPy in a document."""
    listed = getattr(value, "tolist", None)
    if not callable(listed):
        raise TypeError(f"a {type(value).__name__} cannot stand in a document")
    return listed()


@contextmanager
def _wrong_values() -> Iterator[None]:
    try:
        yield
    except (TypeError, ValueError) as error:
        raise UserErrorException(str(error)) from error
