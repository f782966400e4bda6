"""Names that numpy, pandas and scikit-learn have removed, against the installed releases, each in a clean process."""

import json
import subprocess
import sys

import pytest

HEAD = "import runspoor.v1\nimport numpy as np\n"
DIGITS = "from sklearn.datasets import load_digits\nX, y = load_digits(return_X_y=True)\n"


def run(code: str, head: str = HEAD, given: str = "") -> tuple[str, list[str]]:
    """What the code prints, and the lines about removed names."""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", head + code], capture_output=True, text=True,
                          check=False, input=given, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr.splitlines()


NAMES = [
    ("print(np.float('2'), np.float('3'))", "2.0 3.0", "numpy.float is gone from the installed release: write float."),
    ("from numpy import int as i; print(i)", "<class 'int'>", "write int."),
    ("print(np.unicode_.__name__)", "str_", "write numpy.str_."),
    ("print(np.NaN, np.NINF)", "nan -inf", "write numpy.nan."),
    ("print(np.asscalar(np.array([3])))", "3", "write a.item()."),
    ("from sklearn.externals import joblib; print(joblib.__name__)", "joblib", "write joblib."),
    ("import sklearn.externals.joblib as j, joblib; print(j is joblib, j.__spec__.name)", "True joblib",
     "the module sklearn.externals.joblib is gone from the installed release: import joblib."),
    ("from sklearn.externals.joblib.numpy_pickle import load; print(load.__module__)", "joblib.numpy_pickle",
     "import joblib.numpy_pickle."),
    ("from sklearn.linear_model.logistic import LogisticRegression as L; print(L.__name__)", "LogisticRegression",
     "import sklearn.linear_model._logistic."),
    ("from sklearn.preprocessing import Imputer; print(Imputer().fit_transform([[2.], [np.nan]])[1])", "[2.]",
     "SimpleImputer"),
    ("from sklearn.preprocessing import OneHotEncoder as O; print(O(sparse=False).fit_transform([[1], [2]])[0])",
     "[1. 0.]", "write sparse_output=."),
    ("from sklearn.feature_extraction.text import TfidfVectorizer as T; print(T().fit(['aa bb']).get_feature_names())",
     "['aa', 'bb']", "write get_feature_names_out()."),
    ("import pandas as pd; print(pd.DataFrame({'a': [1]}).append({'a': 2}, ignore_index=True).a.tolist())", "[1, 2]",
     "write pandas.concat([one, other])."),
    ("import pandas as pd; print(pd.Series([1]).append(pd.Series([2])).tolist())", "[1, 2]", "write pandas.concat"),
    ("import pandas as pd; print(*(name for name, _ in pd.DataFrame({'a': [1]}).iteritems()))", "a", "write items()."),
]
PARAMETERS = [
    ("from sklearn.linear_model import LogisticRegression as L; L(multi_class='auto', max_iter=5).fit(X, y)",
     "leave it out."),
    ("from sklearn.linear_model import LogisticRegression as L; L(multi_class='ovr', max_iter=5).fit(X, y)",
     "it has no effect here"),
    ("from sklearn.ensemble import RandomForestRegressor as R; R(3, criterion='mse', max_features='auto').fit(X, y)",
     "write criterion='squared_error'."),
    ("from sklearn.ensemble import BaggingClassifier as B; from sklearn.naive_bayes import GaussianNB as G\n"
     "assert type(B(base_estimator=G(), n_estimators=2).fit(X, y).estimator) is G", "write estimator=."),
    ("from sklearn.ensemble import GradientBoostingClassifier as B; B(loss='deviance', n_estimators=1).fit(X, y)",
     "write loss='log_loss'."),
    ("from sklearn.linear_model import SGDClassifier as S; S(loss='log').fit(X, y)", "write loss='log_loss'."),
    ("from sklearn.linear_model import LinearRegression as L; L(normalize=False).fit(X, y)", "leave it out."),
    ("from sklearn.cluster import KMeans as K; K(2, n_jobs=2, precompute_distances=True).fit(X)", "leave it out."),
]
EACH = """
import contextlib, io, json, sys
for code in json.load(sys.stdin):
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        exec(code, {"np": np, "X": X, "y": y})
    print(json.dumps(said.getvalue().splitlines()))
"""


@pytest.fixture(scope="module")
def said() -> dict[str, list[str]]:
    """What each code prints, and says about removed names: all of them in one process."""
    codes = [code for code, *_ in (*NAMES, *PARAMETERS)]
    lines = run(DIGITS + EACH, given=json.dumps(codes))[0].splitlines()
    return dict(zip(codes, map(json.loads, lines), strict=True))


@pytest.mark.parametrize(("code", "output", "advice"), NAMES)
def test_a_removed_name_works_and_says_what_to_write(said: dict[str, list[str]], code: str, output: str,
                                                     advice: str) -> None:
    assert output in said[code]
    assert any(line.startswith("runspoor: ") and advice in line for line in said[code])


@pytest.mark.parametrize(("code", "advice"), PARAMETERS)
def test_a_removed_parameter_is_taken(said: dict[str, list[str]], code: str, advice: str) -> None:
    assert any(line.startswith("runspoor: ") and advice in line for line in said[code])


def test_each_name_is_spoken_of_once(said: dict[str, list[str]]) -> None:
    advice = [line for lines in said.values() for line in lines if line.startswith("runspoor: ")]
    assert len(advice) == len(set(advice))
    assert run("np.float(1); np.float(2); from numpy import float")[1] == [
        "runspoor: numpy.float is gone from the installed release: write float."]


def test_parameters_of_the_class_stay_those_of_the_release() -> None:
    code = ("from sklearn.base import clone; from sklearn.linear_model import LogisticRegression as L\n"
            "print('multi_class' in L(multi_class='auto').get_params(), clone(L(C=3, multi_class='auto')).C)")
    assert run(code)[0] == "False 3"


def test_a_value_that_has_no_successor_keeps_the_librarys_own_error() -> None:
    code = ("from sklearn.linear_model import LinearRegression as L\ntry: L(normalize=True)\n"
            "except TypeError as e: print(e)")
    assert "unexpected keyword argument 'normalize'" in run(code)[0]


def test_liblinear_fits_one_model_per_class_as_it_did() -> None:
    code = """
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
plain = LogisticRegression(C=2, solver="liblinear", random_state=42)
model = LogisticRegression(C=2, solver="liblinear", multi_class="auto", random_state=42).fit(X, y)
same = OneVsRestClassifier(plain).fit(X, y)
print(model.coef_.shape, (model.predict(X) == same.predict(X)).all(),
      np.allclose(model.predict_proba(X), same.predict_proba(X)), clone(model).fit(X, y).score(X, y) > 0.9)
two = clone(model).fit(X[y < 2], y[y < 2])
print(two.coef_.shape, two.predict_proba(X[:1]).shape)
"""
    assert run(DIGITS + code)[0] == "(10, 64) True True True\n(1, 64) (1, 2)"


def test_a_library_imported_before_has_its_names_too() -> None:
    assert run("print(np.float(1))", "import numpy as np\nimport runspoor.v1\n")[0] == "1.0"


def test_what_no_release_had_is_still_an_error() -> None:
    assert run("print(hasattr(np, 'nonesuch'), np.bool is np.bool_)") == ("False True", [])


def test_without_compatibility_nothing_is_patched() -> None:
    assert run("import runspoor.sdk.surface; print(hasattr(np, 'NaN'))", "import numpy as np\n")[0] == "False"


def test_libraries_that_are_not_imported_cost_nothing() -> None:
    code = "import sys, runspoor.v1; print({'numpy', 'sklearn', 'runspoor.v1.era.patching'} & {*sys.modules} or [])"
    assert run(code, "") == ("[]", [])
