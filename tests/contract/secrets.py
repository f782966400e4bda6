"""What every ``Secrets`` does. An adapter's test class inherits this and says how to make one."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.application.data_ports import Secrets

NAME = "datastore-pictures-5f2c81a09b3e"
VALUE = "sv=2026-10-06&sr=c&sig=a%2Bb%3D"


class SecretsContract:
    """Inherit, and return a new and empty adapter from ``make``; ``again`` is another process over the same secrets."""

    def make(self) -> Secrets:
        raise NotImplementedError

    def again(self, secrets: Secrets) -> Secrets:
        raise NotImplementedError

    @pytest.fixture
    def secrets(self) -> Secrets:
        return self.make()

    def test_what_was_put_is_there_until_it_is_deleted(self, secrets: Secrets) -> None:
        assert secrets.get(NAME) is None
        secrets.put(NAME, VALUE)
        assert (secrets.get(NAME), self.again(secrets).get(NAME)) == (VALUE, VALUE)
        secrets.delete(NAME)
        assert (secrets.get(NAME), self.again(secrets).get(NAME)) == (None, None)

    def test_a_name_keeps_its_value(self, secrets: Secrets) -> None:
        for value in (VALUE, VALUE, "another"):
            secrets.put(NAME, value)
            self.again(secrets).put(NAME, value)
        assert (secrets.get(NAME), self.again(secrets).get(NAME)) == (VALUE, VALUE)

    def test_what_is_not_there_can_be_deleted(self, secrets: Secrets) -> None:
        secrets.delete(NAME)
        secrets.put(NAME, VALUE)
        for each in (secrets, self.again(secrets), secrets):
            each.delete(NAME)

    @pytest.mark.parametrize("name", ["a", "0-9", "A" * 127])
    @pytest.mark.parametrize("value", ["x", "k" * 2_000, "Schlüssel 数 \"'\n"])
    def test_every_name_and_value_comes_back(self, secrets: Secrets, name: str, value: str) -> None:
        secrets.put(name, value)
        assert (secrets.get(name), self.again(secrets).get(name)) == (value, value)

    def test_many_at_once(self, secrets: Secrets) -> None:
        others = [secrets, self.again(secrets)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: others[n % 2].put(f"s{n}", f"v{n}"), range(40)))
        assert [self.again(secrets).get(f"s{n}") for n in range(40)] == [f"v{n}" for n in range(40)]
