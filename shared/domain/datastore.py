"""A datastore: a blob container, file share or Data Lake file system that holds people's data.

Its definition names the account and never holds a credential: ``secret`` is the name under which the backend keeps it.
"""

from typing import Literal

from shared.domain.value import Value

DatastoreKind = Literal["blob", "share", "gen2"]
Access = Literal["identity", "account_key", "sas"]
DEFAULT_DATASTORE = "workspaceblobstore"
"""The datastore that is there from the beginning: container ``data`` of the backend's own storage account."""


class DatastoreDefinition(Value):
    """Where the data is: ``container`` (blob container, share or file system) of the service at ``endpoint``.

    ``endpoint``: URL of the account's blob service, of its file service for a share, without a slash at the end.
    ``secret``: the name of the account key or SAS among the backend's secrets; none for access by identity.
    """

    kind: DatastoreKind
    account: str
    container: str
    endpoint: str
    access: Access = "identity"
    secret: str | None = None
