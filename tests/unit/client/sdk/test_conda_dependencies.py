"""Conda specifications, and requirements files."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from runspoor.sdk import requirements_file
from runspoor.sdk.conda_dependencies import CondaDependencies
from runspoor.sdk.exceptions import NotOffered, UserErrorException

NAMES = st.sampled_from(["numpy", "scikit-learn", "scikit_learn", "torch", "Torch"])
VERSIONS = st.sampled_from(["", "==1.0", ">=2", "[extra]", "[extra]>=1,<2"])
PACKAGES = st.builds("".join, st.tuples(NAMES, VERSIONS))


def test_a_new_one_asks_for_nothing() -> None:
    made = CondaDependencies()
    assert made.as_dict() == {"name": "project_environment", "channels": ["anaconda", "conda-forge"],
                              "dependencies": []}
    assert list(made.pip_packages) == list(made.conda_packages) == []
    assert made.get_default_number_of_packages() == 0


def test_create_holds_what_was_asked_for_in_order_and_no_index_of_its_own() -> None:
    packages = ["azureml-sdk", "scikit-learn", "azureml-dataprep[pandas,fuse]>=1.1.14"]
    made = CondaDependencies.create(pip_packages=packages, conda_packages=["numpy=1.19", "pip"])
    assert made.as_dict()["dependencies"] == ["numpy=1.19", "pip", {"pip": packages}]
    assert list(made.pip_options) == []
    assert made.get_python_version() is None


def test_a_python_and_an_index_are_kept_when_asked_for() -> None:
    made = CondaDependencies.create(pip_indexurl="https://index", pip_packages=["a"], python_version="3.8")
    assert made.get_python_version() == "3.8"
    assert made.as_dict()["dependencies"] == ["python=3.8", {"pip": ["--index-url https://index", "a"]}]
    made.set_python_version("3.9")
    made.set_pip_index_url("--index-url https://other")
    assert list(made.conda_packages) == ["python=3.9"]
    assert list(made.pip_options) == ["--index-url https://other"]


@pytest.mark.parametrize(("before", "added", "after"), [
    (["torch==1.4"], "torch==1.5", ["torch==1.5"]),
    (["scikit_learn"], "Scikit-Learn[all]==1", ["Scikit-Learn[all]==1"]),
    (["git+https://x/a"], "git+https://x/b", ["git+https://x/a", "git+https://x/b"]),
    (["torch"], "torchvision", ["torch", "torchvision"]),
    (["a @ https://x/a.whl"], "a>2", ["a>2"]),
])
def test_a_package_takes_the_place_of_another_version_of_it(before: list[str], added: str, after: list[str]) -> None:
    made = CondaDependencies.create(pip_packages=before)
    made.add_pip_package(added)
    assert list(made.pip_packages) == after


def test_a_conda_package_takes_the_place_of_another_version_whatever_its_channel() -> None:
    made = CondaDependencies.create(conda_packages=["numpy=1.18", "pandas"], pip_packages=["x"])
    made.add_conda_package("conda-forge::numpy=1.19")
    assert made.as_dict()["dependencies"] == ["pandas", "conda-forge::numpy=1.19", {"pip": ["x"]}]
    made.remove_conda_package("pandas")
    made.remove_pip_package("x")
    assert made.as_dict()["dependencies"] == ["conda-forge::numpy=1.19"]


@given(st.lists(PACKAGES), PACKAGES)
def test_what_was_added_is_there_once_and_can_be_removed(before: list[str], added: str) -> None:
    made = CondaDependencies.create(pip_packages=before)
    made.add_pip_package(added)
    names = [requirements_file.parts(each)[0] for each in made.pip_packages]
    assert len(names) == len(set(names))
    assert list(made.pip_packages)[-1] == added
    made.remove_pip_package(added)
    assert requirements_file.parts(added)[0] not in [requirements_file.parts(each)[0] for each in made.pip_packages]


def test_options_and_channels() -> None:
    made = CondaDependencies.create(pip_packages=["a"])
    made.set_pip_option("--extra-index-url https://one")
    made.set_pip_option("--pre")
    made.set_pip_option("--extra-index-url=https://two")
    assert list(made.pip_options) == ["--pre", "--extra-index-url=https://two"]
    made.remove_pip_option("--pre")
    made.add_channel("pytorch")
    made.add_channel("pytorch")
    made.remove_channel("anaconda")
    assert list(made.pip_options) == ["--extra-index-url=https://two"]
    assert list(made.conda_channels) == ["conda-forge", "pytorch"]


@pytest.mark.parametrize(("core", "version", "pip", "conda"), [
    ("cpu", None, "tensorflow", "tensorflow"), ("gpu", "1.13", "tensorflow-gpu==1.13", "tensorflow-gpu=1.13"),
])
def test_tensorflow(core: str, version: str | None, pip: str, conda: str) -> None:
    made = CondaDependencies()
    made.add_tensorflow_pip_package(core, version)
    made.add_tensorflow_conda_package(core, version)
    assert (list(made.pip_packages), list(made.conda_packages)) == ([pip], [conda])


def test_a_file_is_kept_word_for_word_and_written_again(tmp_path: Path) -> None:
    source = {"name": "mine", "channels": ["defaults"], "dependencies": ["python=3.8.*", {"pip": ["a", "-r more.txt"]}],
              "prefix": "/opt/mine"}
    (tmp_path / "env.yml").write_text(yaml.safe_dump(source))
    (tmp_path / "more.txt").write_text("b==1  # why\n\n")
    made = CondaDependencies(tmp_path / "env.yml")
    expected = {**source, "dependencies": ["python=3.8.*", {"pip": ["a", "b==1"]}]}
    assert made.as_dict() == expected
    assert made.get_python_version() == "3.8.*"
    assert made.save(tmp_path) == str(tmp_path / "conda_dependencies.yml")
    assert made.save_to_file(tmp_path, "sub/x.yml") == "sub/x.yml"
    assert yaml.safe_load((tmp_path / "sub/x.yml").read_text()) == expected
    assert yaml.safe_load(made.serialize_to_string()) == expected


@pytest.mark.parametrize("text", ["dependencies:", "channels: null\ndependencies:\n- pip:\n", "{}"])
def test_a_file_may_leave_its_lists_empty(tmp_path: Path, text: str) -> None:
    (tmp_path / "env.yml").write_text(text)
    made = CondaDependencies(tmp_path / "env.yml")
    made.add_pip_package("a")
    made.add_channel("c")
    assert (list(made.pip_packages), list(made.conda_packages), list(made.conda_channels)) == (["a"], [], ["c"])


@pytest.mark.parametrize(("text", "sentence"), [("- a", "has to hold names"), ("a: [", "is not YAML"),
                                                (None, "cannot be read")])
def test_a_file_that_is_none(tmp_path: Path, text: str | None, sentence: str) -> None:
    if text is not None:
        (tmp_path / "env.yml").write_text(text)
    with pytest.raises(UserErrorException, match=sentence):
        CondaDependencies(tmp_path / "env.yml")


def test_requirements_of_a_file_one_to_one(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(
        "# all\n--pre\nnumpy ; python_version < '3.9'  # old\npandas \\\n  >=1.0\n\n-r base/more.txt\nx#y\n")
    (tmp_path / "base").mkdir()
    (tmp_path / "base/more.txt").write_text("--requirement=last.txt\n")
    (tmp_path / "base/last.txt").write_text("torch\n")
    lines = requirements_file.requirement_lines(tmp_path / "requirements.txt")
    assert [" ".join(line.split()) for line in lines] == [
        "--pre", "numpy ; python_version < '3.9'", "pandas >=1.0", "torch", "x#y"]
    (tmp_path / "base/last.txt").unlink()
    with pytest.raises(UserErrorException, match=r"last\.txt cannot be read"):
        requirements_file.requirement_lines(tmp_path / "requirements.txt")


def test_requirements_are_merged_by_package() -> None:
    merged = CondaDependencies.merge_requirements(["a>1", "b[x]", "A<3", "b[y]==1", "a>1"])
    assert merged == ["a>1,<3", "b[x,y]==1"]


def test_what_is_not_offered_says_what_to_do() -> None:
    with pytest.raises(NotOffered, match="name a wheel"):
        CondaDependencies().add_cntk_package()  # type: ignore[attr-defined]
