"""Secrets in an encrypted file."""

import json
import stat
from pathlib import Path

import pytest

from shared.adapters.secrets_file import SecretsFile
from shared.application.data_ports import Secrets
from tests.contract.secrets import NAME, VALUE, SecretsContract

KEY = "k" * 40


class TestSecretsFile(SecretsContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "state" / "secrets.json"

    def make(self) -> Secrets:
        return SecretsFile(self.path, KEY)

    def again(self, secrets: Secrets) -> Secrets:
        return SecretsFile(self.path, KEY)

    def test_only_its_owner_may_read_the_file_and_only_the_key_opens_it(self, secrets: Secrets) -> None:
        secrets.put(NAME, VALUE)
        assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in (self.path, self.path.parent)} == {0}
        assert list(json.loads(self.path.read_text())) == [NAME]
        assert not any(part in self.path.read_text() for part in (VALUE, "sig=", KEY))
        assert SecretsFile(self.path, "another key of at least 32 characters").get(NAME) is None

    def test_what_a_dead_process_left_half_written_does_not_count(self, secrets: Secrets) -> None:
        secrets.put(NAME, VALUE)
        self.path.with_suffix(".new").write_text('{"half')
        secrets.put("other", VALUE)
        assert (self.again(secrets).get(NAME), self.again(secrets).get("other")) == (VALUE, VALUE)
