"""SAS for one blob each: signed with a user delegation key, or with the account's key where there is one."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from azure.storage.blob import (
    BlobSasPermissions,
    BlobServiceClient,
    ContainerSasPermissions,
    generate_blob_sas,
    generate_container_sas,
)

from shared.adapters.storage_credential import CLOCK_SKEW, DelegationKey

LIST_TIME = timedelta(minutes=15)


class BlobSigner:
    """Signs for the account of ``service``, whose name is ``account``."""

    def __init__(self, service: BlobServiceClient, account: str) -> None:
        self._service = service
        self._account = account
        self._delegation = DelegationKey(service.get_user_delegation_key)

    def url(self, container: str, name: str, permission: BlobSasPermissions, until: datetime) -> str:
        """Where the blob is, with ``permission`` to it until then."""
        account_key = getattr(self._service.credential, "account_key", None)
        signature = generate_blob_sas(
            account_name=self._account,
            container_name=container,
            blob_name=name,
            account_key=account_key,
            user_delegation_key=None if account_key else self._delegation.good_until(until),
            permission=permission,
            start=until - timedelta(days=1) if account_key else datetime.now(UTC) - CLOCK_SKEW,
            expiry=until,
        )
        return f"{self._service.primary_endpoint.rstrip('/')}/{container}/{quote(name, safe='~/')}?{signature}"

    def listing(self, container: str) -> str:
        """A SAS that permits to list ``container`` for some minutes."""
        account_key = getattr(self._service.credential, "account_key", None)
        until = datetime.now(UTC) + LIST_TIME
        return str(generate_container_sas(
            account_name=self._account,
            container_name=container,
            account_key=account_key,
            user_delegation_key=None if account_key else self._delegation.good_until(until),
            permission=ContainerSasPermissions(list=True),
            start=datetime.now(UTC) - CLOCK_SKEW,
            expiry=until,
        ))
