"""What releases of numpy, pandas and scikit-learn since 2019 removed and scripts of that time use: data.

A target is ``module:name``, or a module. Nothing of a row applies while the installed release has the old name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_OURS = "runspoor.v1.era.substitutes"

# Modules: old name -> the module that is meant. Submodules follow.
MODULES: Mapping[str, str] = {
    "sklearn.externals.joblib": "joblib",
    "sklearn.externals.six": "six",
    "sklearn.cluster.k_means_": "sklearn.cluster._kmeans",
    "sklearn.decomposition.pca": "sklearn.decomposition._pca",
    "sklearn.ensemble.forest": "sklearn.ensemble._forest",
    "sklearn.ensemble.gradient_boosting": "sklearn.ensemble._gb",
    "sklearn.linear_model.base": "sklearn.linear_model._base",
    "sklearn.linear_model.logistic": "sklearn.linear_model._logistic",
    "sklearn.linear_model.ridge": "sklearn.linear_model._ridge",
    "sklearn.metrics.classification": "sklearn.metrics._classification",
    "sklearn.metrics.scorer": "sklearn.metrics._scorer",
    "sklearn.neighbors.classification": "sklearn.neighbors._classification",
    "sklearn.neural_network.multilayer_perceptron": "sklearn.neural_network._multilayer_perceptron",
    "sklearn.preprocessing.data": "sklearn.preprocessing._data",
    "sklearn.preprocessing.label": "sklearn.preprocessing._label",
    "sklearn.svm.classes": "sklearn.svm._classes",
    "sklearn.tree.tree": "sklearn.tree._classes",
    "sklearn.utils.testing": "sklearn.utils._testing",
}

# Attributes of modules: module -> old name -> target.
ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "numpy": {
        # numpy 1.24
        **{name: f"builtins:{name}" for name in ("bool", "complex", "float", "int", "object", "str")},
        "long": "builtins:int", "unicode": "builtins:str", "asscalar": f"{_OURS}:asscalar",
        # numpy 2.0
        "Inf": "numpy:inf", "Infinity": "numpy:inf", "PINF": "numpy:inf", "infty": "numpy:inf",
        "NINF": f"{_OURS}:NINF", "NaN": "numpy:nan", "NAN": "numpy:nan", "NZERO": f"{_OURS}:NZERO",
        "alltrue": "numpy:all", "asfarray": f"{_OURS}:asfarray", "cfloat": "numpy:complex128",
        "complex_": "numpy:complex128", "cumproduct": "numpy:cumprod", "float_": "numpy:float64",
        "longfloat": "numpy:longdouble", "mat": "numpy:asmatrix", "msort": f"{_OURS}:msort", "product": "numpy:prod",
        "round_": "numpy:round", "row_stack": "numpy:vstack", "singlecomplex": "numpy:complex64",
        "sometrue": "numpy:any", "string_": "numpy:bytes_", "unicode_": "numpy:str_",
        # numpy 2.4
        "in1d": "numpy:isin", "trapz": "numpy:trapezoid",
    },
    "sklearn.externals": {"joblib": "joblib", "six": "six"},
    "sklearn.metrics": {name: f"{_OURS}:{name}" for name in (
        "plot_confusion_matrix", "plot_precision_recall_curve", "plot_roc_curve")},
    "sklearn.preprocessing": {"Imputer": f"{_OURS}:Imputer"},
    "pandas": {"np": "numpy", "datetime": "datetime:datetime"},
    "pandas.io.json": {"json_normalize": "pandas:json_normalize"},
}

# Methods: module -> class and method -> target, a function of the object and the arguments.
METHODS: Mapping[str, Mapping[str, str]] = {
    "pandas": {
        "DataFrame.append": f"{_OURS}:append", "Series.append": f"{_OURS}:append",
        "DataFrame.iteritems": f"{_OURS}:iteritems", "Series.iteritems": f"{_OURS}:iteritems",
        "DataFrame.as_matrix": f"{_OURS}:as_matrix",
    },
    "sklearn.feature_extraction.text": {"CountVectorizer.get_feature_names": f"{_OURS}:get_feature_names"},
    "sklearn.preprocessing": {"OneHotEncoder.get_feature_names": f"{_OURS}:get_feature_names",
                              "PolynomialFeatures.get_feature_names": f"{_OURS}:get_feature_names"},
}


@dataclass(frozen=True)
class Parameter:
    """A parameter that is gone. ``new``: its name today; None: it is dropped.

    ``values``: the only values for which this holds (None: all); ``advice``: what to write, by value of the argument,
    under None for all others.
    """

    old: str
    new: str | None = None
    values: tuple[object, ...] | None = None
    advice: Mapping[object, str] | None = None


_MULTI_CLASS = Parameter("multi_class", advice={
    None: "leave it out",
    "multinomial": "leave it out, one model of all classes is what is fitted today",
    "ovr": "it has no effect here, one model of all classes is fitted instead of one per class; "
           "write OneVsRestClassifier(LogisticRegression(...))",
})
_BASE_ESTIMATOR = Parameter("base_estimator", "estimator")
_NORMALIZE = Parameter("normalize", values=(False,))

# Parameters: module -> class or function -> what is gone.
PARAMETERS: Mapping[str, Mapping[str, Sequence[Parameter]]] = {
    "sklearn.linear_model": {
        "LogisticRegression": [_MULTI_CLASS], "LogisticRegressionCV": [_MULTI_CLASS],
        **{name: [_NORMALIZE] for name in ("ElasticNet", "Lasso", "LinearRegression", "Ridge")},
    },
    "sklearn.ensemble": {
        **{name: [_BASE_ESTIMATOR] for name in (
            "AdaBoostClassifier", "AdaBoostRegressor", "BaggingClassifier", "BaggingRegressor")},
        "IsolationForest": [Parameter("behaviour")],
    },
    "sklearn.preprocessing": {"OneHotEncoder": [Parameter("sparse", "sparse_output")]},
    "sklearn.cluster": {"KMeans": [Parameter("n_jobs"), Parameter("precompute_distances")]},
    "sklearn.manifold": {"TSNE": [Parameter("n_iter", "max_iter")]},
    "sklearn.model_selection": {"GridSearchCV": [Parameter("iid")], "RandomizedSearchCV": [Parameter("iid")]},
}

# Values of parameters: module -> class -> parameter -> old value -> new value.
_CRITERION: Mapping[str, Mapping[str, object]] = {"criterion": {"mse": "squared_error", "mae": "absolute_error"}}
_BOOSTING: Mapping[str, object] = {"ls": "squared_error", "lad": "absolute_error", "deviance": "log_loss"}
VALUES: Mapping[str, Mapping[str, Mapping[str, Mapping[str, object]]]] = {
    "sklearn.ensemble": {
        **{name: {"max_features": {"auto": "sqrt"}} for name in ("ExtraTreesClassifier", "RandomForestClassifier")},
        **{name: {**_CRITERION, "max_features": {"auto": 1.0}} for name in (
            "ExtraTreesRegressor", "RandomForestRegressor")},
        "GradientBoostingClassifier": {"loss": _BOOSTING}, "GradientBoostingRegressor": {"loss": _BOOSTING},
    },
    "sklearn.tree": {"DecisionTreeRegressor": _CRITERION},
    "sklearn.linear_model": {
        "LogisticRegression": {"penalty": {"none": None}},
        "SGDClassifier": {"loss": {"log": "log_loss"}},
        "SGDRegressor": {"loss": {"squared_loss": "squared_error"}},
    },
}
