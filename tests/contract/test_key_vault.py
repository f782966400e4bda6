"""Secrets in Key Vault: the real client against a vault on loopback."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.core.credentials import AccessToken
from azure.keyvault.secrets import SecretClient

from shared.adapters.key_vault import KeyVaultSecrets
from shared.application.data_ports import Secrets
from tests.contract.secrets import NAME, VALUE, SecretsContract
from tests.contract.vault_server import TOKEN, Vault


class Identity:
    """The backend's identity: it has the token that the vault wants."""

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        return AccessToken(TOKEN, int(time.time()) + 3600)


class TestKeyVaultSecrets(SecretsContract):
    @pytest.fixture(autouse=True)
    def _vault(self, tmp_path: Path) -> Iterator[None]:
        with Vault(tmp_path) as self.vault:
            yield

    def make(self) -> Secrets:
        # The vault's own name is in no domain of Azure's, to which the client compares what the challenge says.
        return KeyVaultSecrets(SecretClient(self.vault.url, Identity(), verify_challenge_resource=False,
                                            connection_verify=str(self.vault.certificate)))

    def again(self, secrets: Secrets) -> Secrets:
        return self.make()

    def test_a_value_is_fetched_once(self, secrets: Secrets) -> None:
        secrets.put(NAME, VALUE)
        other = self.again(secrets)
        self.vault.requests.clear()
        assert {other.get(NAME) for _ in range(5)} == {VALUE}
        assert len([each for each in self.vault.requests if each.startswith("GET /secrets/")]) <= 2  # with a challenge

    def test_a_busy_vault_is_asked_again(self, secrets: Secrets) -> None:
        secrets.put(NAME, VALUE)
        self.vault.broken = 2
        assert self.again(secrets).get(NAME) == VALUE
