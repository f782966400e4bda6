"""SAS for one blob each: signed with a user delegation key, or with the account's key where there is one."""

import threading
from datetime import UTC, datetime, timedelta

from azure.storage.blob import BlobSasPermissions, BlobServiceClient, UserDelegationKey, generate_blob_sas

CLOCK_SKEW = timedelta(minutes=5)
KEY_LIFETIME = timedelta(hours=12)


class BlobSigner:
    """Signs for the account of ``service``, whose name is ``account``."""

    def __init__(self, service: BlobServiceClient, account: str) -> None:
        self._service = service
        self._account = account
        self._key: UserDelegationKey | None = None
        self._key_expires = datetime.fromtimestamp(0, UTC)
        self._lock = threading.Lock()

    def url(self, container: str, name: str, permission: BlobSasPermissions, until: datetime) -> str:
        """Where the blob is, with ``permission`` to it until then."""
        account_key = getattr(self._service.credential, "account_key", None)
        signature = generate_blob_sas(
            account_name=self._account,
            container_name=container,
            blob_name=name,
            account_key=account_key,
            user_delegation_key=None if account_key else self._delegation_key(until),
            permission=permission,
            start=until - timedelta(days=1) if account_key else datetime.now(UTC) - CLOCK_SKEW,
            expiry=until,
        )
        return f"{self._service.get_blob_client(container, name).url}?{signature}"

    def _delegation_key(self, until: datetime) -> UserDelegationKey:
        """Asked of the service twice a day, not once per URL."""
        with self._lock:
            if self._key is None or self._key_expires < until:
                now = datetime.now(UTC)
                self._key_expires = now + KEY_LIFETIME
                self._key = self._service.get_user_delegation_key(now - CLOCK_SKEW, self._key_expires)
            return self._key
