"""From what users ask for to what is installed: names of Azure ML's, conda's and PyPI's."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.environment.match_spec import in_pips_terms, read
from runner.environment.requirements import plan, with_pip_only
from runner.environment.specification import Packages
from runner.errors import RunFailed


@pytest.mark.parametrize(("spec", "pip"), [
    ("numpy", "numpy"),
    ("numpy=1.19", "numpy==1.19.*"),
    ("numpy==1.19", "numpy==1.19"),
    ("numpy=1.19.2=py38h1234_0", "numpy==1.19.2.*"),
    ("numpy==1.19.2=py38h1234_0", "numpy==1.19.2"),
    ("numpy 1.19.2 py38_0", "numpy==1.19.2"),
    ("numpy 1.19.*", "numpy==1.19.*"),
    ("numpy=1.19.*", "numpy==1.19.*"),
    ("numpy >=1.19, <2", "numpy>=1.19,<2"),
    ("numpy>=1.19,<2.0a0", "numpy>=1.19,<2.0a0"),
    ("numpy!=1.19.3", "numpy!=1.19.3"),
    ("numpy~=1.19", "numpy~=1.19"),
    ("numpy=*", "numpy"),
    ("conda-forge::scikit-learn=0.24", "scikit-learn==0.24.*"),
    ("numpy[version='>=1.2,<3',build=x]", "numpy>=1.2,<3"),
    ("tensorflow=2.0.0=gpu_*", "tensorflow==2.0.0.*"),
    ("ruamel_yaml", "ruamel.yaml"),
    ("pytorch=1.4", "torch==1.4.*"),
    ("py-xgboost>1", "xgboost>1"),
    ("PyTables", "tables"),
])
def test_match_specifications_in_pips_terms(spec: str, pip: str) -> None:
    assert with_pip_only(plan(Packages(conda=(spec,)))).pip == (pip,)


@pytest.mark.parametrize(("spec", "words"), [
    ("numpy=1.0|1.1", "alternatives"), ("", "no match specification"), ("numpy @ x", "no word"),
    ("=1.2", "no match specification"),
])
def test_what_pip_cannot_say_is_said(spec: str, words: str) -> None:
    with pytest.raises(RunFailed, match=words) as raised:
        with_pip_only(plan(Packages(conda=(spec,))))
    assert raised.value.code == "EnvironmentFailed"


@pytest.mark.parametrize("text", ["a" + " " * 1990 + "[", "a" + "=" * 1990 + "[", " " * 1999, "a" + " =" * 990 + "["])
def test_a_long_specification_is_read_at_once(text: str) -> None:
    """Not in the cube of its length: the runner's other threads wait for a regular expression."""
    with suppress(RunFailed):
        in_pips_terms(read(text), "x")


@given(st.text(max_size=40))
def test_any_specification_is_read_or_refused(text: str) -> None:
    with suppress(RunFailed):
        assert "\n" not in in_pips_terms(read(text), "x").strip()


@pytest.mark.parametrize(("line", "left"), [
    ("azureml-sdk", ()), ("azureml-sdk[notebooks,automl]==1.0.85", ()), ("AzureML_Defaults>=1", ()),
    ("azureml.widgets", ()), ("azureml", ()), ("runspoor", ()), ("Runspoor==0.1", ()),
    ("azureml-dataprep[pandas,fuse]>=1.1.14", ("pandas", "pyarrow")), ("azureml-dataprep[ fuse ]", ()),
    ("azureml-dataset-runtime", ("pyarrow",)), ("azureml-dataset-runtime[fuse,pandas]~=1.20", ("pyarrow", "pandas")),
    ("azureml-mlflow", ("mlflow-skinny",)),
    ("azuremlkit", ("azuremlkit",)), ("my-azureml-tools", ("my-azureml-tools",)),
    ("numpy>=1  # fast", ("numpy>=1",)), ("# nothing", ()), ("  ", ()),
    ("tool @ https://x.example/t.whl#sha256=ab", ("tool @ https://x.example/t.whl#sha256=ab",)),
    ("--extra-index-url https://azuremlsdktestpypi.azureedge.net/sdk-release/master/588E708E0DF342C4A80BD954289657CF",
     ()),
    ("--find-links https://pypi.python.org/simple", ()),
    ("--extra-index-url https://download.pytorch.org/whl/cu118",
     ("--extra-index-url https://download.pytorch.org/whl/cu118",)),
])
def test_lines_of_a_requirements_file(line: str, left: tuple[str, ...]) -> None:
    made = plan(Packages(pip=(line,)))
    assert made.pip == left
    if left != (line.strip(),) and line.strip().startswith(("azure", "Azure", "run", "Run", "--")):
        assert len(made.notes) == 1 + len(left)


@pytest.mark.parametrize(("packages", "left"), [
    (Packages(pip=("azureml-defaults", "numpy")), ("numpy",)),
    (Packages(pip=("azureml-defaults>=1", "Pandas==1.5")), ("Pandas==1.5", "pyarrow")),
    (Packages(pip=("azureml-sdk[notebooks]", "azureml-defaults"), conda=("pandas=1.5",)), ("pyarrow",)),
    (Packages(pip=("azureml-defaults", "pandas", "pyarrow==14")), ("pandas", "pyarrow==14")),
    (Packages(pip=("azureml-defaults", "pandas"), conda=("pyarrow",)), ("pandas",)),
    (Packages(pip=("azureml-core", "pandas")), ("pandas",)),
    (Packages(pip=("azureml-dataset-runtime[pandas]", "azureml-defaults")), ("pyarrow", "pandas")),
])
def test_tables_can_be_read_where_pandas_is(packages: Packages, left: tuple[str, ...]) -> None:
    """As in v1, whose azureml-defaults brought pyarrow; what has no pandas has nothing more to download."""
    assert plan(packages).pip == left


def test_what_is_no_python_package_is_left_out_and_said() -> None:
    made = with_pip_only(plan(Packages(conda=("cudatoolkit=10.1", "_openmp_mutex", "r-essentials", "pip", "numpy"))))
    assert made.pip == ("numpy",)
    assert [note.split(":")[0] for note in made.notes] == ["cudatoolkit=10.1", "_openmp_mutex", "r-essentials", "numpy"]


@pytest.mark.parametrize(("packages", "python", "empty"), [
    (Packages(), None, True),
    (Packages(conda=("python=3.8", "pip=20")), "3.8", True),
    (Packages(python_version="3.10", conda=("python=3.8",)), "3.10", True),
    (Packages(conda=("python>=3.8",)), None, True),
    (Packages(pip=("--pre", "azureml-core")), None, True),
    (Packages(pip=("azureml-dataprep[pandas]",)), None, False),
    (Packages(conda=("numpy",)), None, False),
])
def test_which_python_and_whether_there_is_anything_to_install(
    packages: Packages, python: str | None, empty: bool
) -> None:
    made = plan(packages)
    assert (made.python, made.is_empty) == (python, empty)
