"""What an environment's packages are kept under, and the versions of a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.curated import CURATED, is_reserved
from shared.domain.definition import Environment, Packages
from shared.domain.environment import ENVIRONMENT, EnvironmentRegistered, RegisterEnvironment, digest
from shared.domain.errors import NotFound
from tests.contract.examples import AT
from tests.unit.domain.scenario import Scenario

NUMPY = Packages(pip=("numpy",))
A, B = Environment(packages=NUMPY), Environment(python="/opt/python")


def test_the_digest_of_packages_never_changes() -> None:
    """Archives in storage are found by it."""
    assert digest(A) == "cb2732591060a3543525183a2574775979a16b66b361cf86461db849a10819ff"


def test_the_digest_covers_what_decides_what_is_installed() -> None:
    def of(packages: Packages = NUMPY, **variables: str) -> str | None:
        return digest(Environment(packages=packages, variables=variables))

    assert digest(Environment(name="a", version="3", packages=NUMPY, variables={"OMP_NUM_THREADS": "2"})) == of()
    others = [of(Packages(pip=("numpy", "scipy"))), of(Packages(conda=("numpy",))),
              of(Packages(pip=("numpy",), python_version="3.10")), of(Packages(pip=("numpy",), channels=("x",))),
              of(PIP_INDEX_URL="https://pypi.example/simple"), of(UV_PRERELEASE="allow")]
    assert len({of(), *others}) == 7
    assert of(PIP_INDEX_URL="https://ada:old@pypi.example/simple") == of(
        PIP_INDEX_URL="https://bob:new@pypi.example/simple")


def test_without_packages_there_is_no_digest() -> None:
    assert digest(B) is None
    assert digest(Environment(packages=Packages())) is not None


@given(st.text(), st.dictionaries(st.text(max_size=5), st.text(max_size=5)))
def test_anything_has_a_digest(line: str, variables: dict[str, str]) -> None:
    assert len(digest(Environment(packages=Packages(pip=(line,)), variables=variables)) or "") == 64


def test_only_another_definition_than_the_newest_is_a_new_version() -> None:
    same = Scenario(ENVIRONMENT, "mine").when(RegisterEnvironment(A))
    same.then(EnvironmentRegistered(definition=A))
    same.when(RegisterEnvironment(A)).then()
    back = same.when(RegisterEnvironment(B), RegisterEnvironment(A))
    back.then(EnvironmentRegistered(definition=A))
    assert [each.number for each in back.state.versions] == [1, 2, 3]
    assert back.state.versions[0].created_at == AT
    assert back.state.like(A).number == 3
    assert back.state.like(B).number == 2


def test_versions_that_are_not_there() -> None:
    with pytest.raises(NotFound, match="register one"):
        Scenario(ENVIRONMENT, "mine").state.numbered()
    for number in (0, 2):
        with pytest.raises(NotFound, match="it has 1 to 1"):
            Scenario(ENVIRONMENT, "mine").when(RegisterEnvironment(A)).state.numbered(number)


def test_every_curated_name_is_reserved() -> None:
    assert CURATED
    assert all(is_reserved(name) for name in CURATED)
    assert not is_reserved("my-AzureML-Minimal")
