"""Credentials of datastores for Azure's SDKs, and the key by which an identity signs."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential, TokenCredential

from shared.domain.datastore import DatastoreDefinition

CLOCK_SKEW = timedelta(minutes=5)
KEY_LIFETIME = timedelta(hours=12)

Key = TypeVar("Key")


def sdk_credential(
    definition: DatastoreDefinition, credential: str | TokenCredential
) -> AzureNamedKeyCredential | AzureSasCredential | TokenCredential:
    """What the clients of Azure Storage take: an account key or a SAS, as ``access`` says, or an identity."""
    if not isinstance(credential, str):
        return credential
    if definition.access == "sas":
        return AzureSasCredential(credential)
    return AzureNamedKeyCredential(definition.account, credential)


class DelegationKey(Generic[Key]):
    """``ask`` gives a user delegation key, good from the one time to the other: twice a day, not once per URL."""

    def __init__(self, ask: Callable[[datetime, datetime], Key]) -> None:
        self._ask = ask
        self._key: Key | None = None
        self._expires = datetime.fromtimestamp(0, UTC)
        self._lock = threading.Lock()

    def good_until(self, until: datetime) -> Key:
        """A key that is good until then, which is some hours away at most."""
        with self._lock:
            if self._key is None or self._expires < until:
                now = datetime.now(UTC)
                self._key = self._ask(now - CLOCK_SKEW, now + KEY_LIFETIME)
                self._expires = now + KEY_LIFETIME
            return self._key
