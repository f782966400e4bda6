"""``LogisticRegression(solver="liblinear")`` with three and more classes: one model per class, as it was until 1.7."""

from __future__ import annotations

import functools
import re
from importlib import import_module
from typing import Any

from runspoor.v1.era.notice import say_once

_REFUSED = re.compile(r"liblinear.*does not support multiclass")


def fit_one_versus_rest(kind: Any) -> None:
    """Patch the class: what its ``fit`` refuses is fitted class by class into the same attributes.

    ``predict_proba`` then scales the classes' own probabilities to one, as such models always did.
    """
    fit, predict_proba = kind.fit, kind.predict_proba
    if getattr(fit, "of_the_era", False):
        return

    @functools.wraps(fit)
    def fit_all(self: Any, X: Any, y: Any, sample_weight: Any = None) -> Any:  # noqa: N803  # its name there
        self.__dict__.pop("one_versus_rest_", None)
        try:
            return fit(self, X, y, sample_weight)
        except ValueError as error:
            if not _REFUSED.search(str(error)):
                raise
        say_once("sklearn.linear_model.LogisticRegression(solver='liblinear') for more than two classes",
                 "one model per class is fitted, as before; write OneVsRestClassifier(LogisticRegression("
                 "solver='liblinear'))")
        return _fit_each(self, X, y, sample_weight, fit)

    @functools.wraps(predict_proba)
    def probabilities(self: Any, X: Any) -> Any:  # noqa: N803  # its name there
        if not getattr(self, "one_versus_rest_", False):
            return predict_proba(self, X)
        numpy = import_module("numpy")
        each = 1 / (1 + numpy.exp(-self.decision_function(X)))
        return each / each.sum(axis=1, keepdims=True)

    vars(fit_all)["of_the_era"] = True
    kind.fit, kind.predict_proba = fit_all, probabilities


def _fit_each(model: Any, samples: Any, labels: Any, weights: Any, fit: Any) -> Any:
    numpy, base = import_module("numpy"), import_module("sklearn.base")
    classes = numpy.unique(labels)
    ones = [base.clone(model) for _ in classes]
    for one, label in zip(ones, classes):
        fit(one, samples, numpy.asarray(labels) == label, weights)
    model.classes_ = classes
    model.coef_ = numpy.vstack([one.coef_ for one in ones])
    model.intercept_ = numpy.concatenate([numpy.atleast_1d(one.intercept_) for one in ones])
    model.n_iter_ = numpy.concatenate([one.n_iter_ for one in ones])
    model.n_features_in_ = ones[0].n_features_in_
    model.one_versus_rest_ = True
    return model
