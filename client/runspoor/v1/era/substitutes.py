"""What has no single name to stand for it today. The first line of a docstring is what to write instead.

The libraries are imported inside: whoever gets here has imported them. Their objects have no types that hold
for every release, hence ``Any``.
"""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any

NINF = -math.inf
NZERO = -0.0


def asscalar(a: Any) -> Any:
    """a.item()"""
    return a.item()


def asfarray(a: Any, dtype: Any = None) -> Any:
    """np.asarray(a, dtype=float)"""
    return import_module("numpy").asarray(a, dtype=dtype or float)


def msort(a: Any) -> Any:
    """np.sort(a, axis=0)"""
    return import_module("numpy").sort(a, axis=0)


def plot_confusion_matrix(estimator: Any, X: Any, y_true: Any, **options: Any) -> Any:  # noqa: N803  # its name there
    """ConfusionMatrixDisplay.from_estimator(estimator, X, y)"""
    return import_module("sklearn.metrics").ConfusionMatrixDisplay.from_estimator(estimator, X, y_true, **options)


def plot_precision_recall_curve(estimator: Any, X: Any, y: Any, **options: Any) -> Any:  # noqa: N803  # its name there
    """PrecisionRecallDisplay.from_estimator(estimator, X, y)"""
    return import_module("sklearn.metrics").PrecisionRecallDisplay.from_estimator(estimator, X, y, **options)


def plot_roc_curve(estimator: Any, X: Any, y: Any, **options: Any) -> Any:  # noqa: N803  # its name there
    """RocCurveDisplay.from_estimator(estimator, X, y)"""
    return import_module("sklearn.metrics").RocCurveDisplay.from_estimator(estimator, X, y, **options)


def Imputer(missing_values: Any = "NaN", strategy: str = "mean", axis: int = 0, verbose: int = 0,  # noqa: N802
            copy: bool = True) -> Any:
    """sklearn.impute.SimpleImputer(...), which works by columns"""
    if axis != 0:
        raise ValueError("Imputer(axis=1) has no successor: transpose the data, or fill the rows with pandas.")
    missing = math.nan if missing_values == "NaN" else missing_values
    return import_module("sklearn.impute").SimpleImputer(missing_values=missing, strategy=strategy, copy=copy)


def get_feature_names(self: Any, *arguments: Any) -> list[str]:
    """get_feature_names_out()"""
    return list(self.get_feature_names_out(*arguments))


def append(self: Any, other: Any, ignore_index: bool = False, verify_integrity: bool = False,
           sort: bool = False) -> Any:
    """pandas.concat([one, other])"""
    pandas = import_module("pandas")
    if isinstance(self, pandas.DataFrame) and not isinstance(other, (list, tuple, pandas.DataFrame)):
        if not ignore_index and getattr(other, "name", None) is None:
            raise TypeError("Can only append a row without a name if ignore_index=True")
        other = pandas.DataFrame([other])
    rest = list(other) if isinstance(other, (list, tuple)) else [other]
    options = {"sort": sort} if isinstance(self, pandas.DataFrame) else {}
    return pandas.concat([self, *rest], ignore_index=ignore_index, verify_integrity=verify_integrity, **options)


def iteritems(self: Any) -> Any:
    """items()"""
    return self.items()


def as_matrix(self: Any, columns: Any = None) -> Any:
    """to_numpy()"""
    return (self if columns is None else self[columns]).to_numpy()
