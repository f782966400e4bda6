"""Secrets in memory."""

from shared.adapters.memory_datastores import MemorySecrets
from shared.application.data_ports import Secrets
from tests.contract.secrets import SecretsContract


class TestMemorySecrets(SecretsContract):
    def make(self) -> Secrets:
        return MemorySecrets()

    def again(self, secrets: Secrets) -> Secrets:
        return secrets
