"""Secrets in Azure Key Vault."""

import threading

from azure.core.exceptions import ResourceNotFoundError
from azure.keyvault.secrets import SecretClient


class KeyVaultSecrets:
    """The ``Secrets`` port. What was read is remembered in this process: a name's value never changes.

    A deleted secret can be recovered by the vault's owner for as long as the vault keeps deleted ones.
    """

    def __init__(self, client: SecretClient) -> None:
        self._client = client
        self._known: dict[str, str] = {}
        self._lock = threading.Lock()

    def put(self, name: str, value: str) -> None:
        if self.get(name) is None:
            self._client.set_secret(name, value)
            self._remember(name, value)

    def get(self, name: str) -> str | None:
        with self._lock:
            if name in self._known:
                return self._known[name]
        try:
            value = self._client.get_secret(name).value
        except ResourceNotFoundError:
            return None
        return self._remember(name, value) if value is not None else None

    def delete(self, name: str) -> None:
        with self._lock:
            self._known.pop(name, None)
        try:
            self._client.begin_delete_secret(name)
        except ResourceNotFoundError:
            return

    def _remember(self, name: str, value: str) -> str:
        with self._lock:
            self._known[name] = value
        return value
