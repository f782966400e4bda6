"""Connections: from the name in a binding, through the settings, to a client of the service.

A setting ``NAME`` holds a connection string; or ``NAME__queueServiceUri`` and the like hold an endpoint, for which the
credential is the emulator's well-known key on loopback, and the machine's Azure identity elsewhere.
"""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

import requests
from azure.core.credentials import AzureNamedKeyCredential, TokenCredential
from azure.core.pipeline.transport import RequestsTransport
from azure.cosmos import CosmosClient
from azure.identity import DefaultAzureCredential
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient
from requests.adapters import HTTPAdapter

from local.azurite import ACCOUNT_KEY, ACCOUNT_NAME
from local.host.settings import ConfigurationError, Settings

HOST_STORAGE = "AzureWebJobsStorage"
_CONNECTIONS = 64
_DEVELOPMENT = "UseDevelopmentStorage=true"
_DEVELOPMENT_STORAGE = (
    f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT_NAME};AccountKey={ACCOUNT_KEY};"
    f"BlobEndpoint=http://127.0.0.1:10000/{ACCOUNT_NAME};QueueEndpoint=http://127.0.0.1:10001/{ACCOUNT_NAME};")
# The key of every Cosmos emulator: https://learn.microsoft.com/azure/cosmos-db/emulator
_COSMOS_EMULATOR_KEY = "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="


@dataclass
class Connection:
    """One connection: a connection string, or properties such as ``queueserviceuri`` (lower case).

    Its clients give up soon, because listeners try again by themselves and say why.
    """

    name: str
    string: str | None
    properties: dict[str, str]

    @cached_property
    def queues(self) -> QueueServiceClient:
        """The storage account's queues."""
        if self.string:
            return QueueServiceClient.from_connection_string(
                self.string, retry_total=0, connection_timeout=5, transport=_transport())
        uri = self._uri("queue")
        return QueueServiceClient(uri, credential=_storage_credential(uri), retry_total=0, connection_timeout=5,
                                  transport=_transport())

    @cached_property
    def blobs(self) -> BlobServiceClient:
        """The storage account's blobs."""
        if self.string:
            return BlobServiceClient.from_connection_string(
                self.string, retry_total=0, connection_timeout=5, transport=_transport())
        uri = self._uri("blob")
        return BlobServiceClient(uri, credential=_storage_credential(uri), retry_total=0, connection_timeout=5,
                                 transport=_transport())

    @cached_property
    def cosmos(self) -> CosmosClient:
        """The Cosmos account."""
        return self.new_cosmos()

    def new_cosmos(self) -> CosmosClient:
        """A client of the Cosmos account for one reader alone."""
        if self.string:
            return CosmosClient.from_connection_string(self.string)
        endpoint = self.properties.get("accountendpoint")
        if not endpoint:
            raise ConfigurationError(f"set {self.name}, or {self.name}__accountEndpoint, to a Cosmos account")
        return CosmosClient(endpoint, credential=self._cosmos_credential(endpoint))

    def _cosmos_credential(self, endpoint: str) -> str | TokenCredential:
        if key := self.properties.get("accountkey"):
            return key
        return _COSMOS_EMULATOR_KEY if _is_loopback(endpoint) else DefaultAzureCredential()

    def _uri(self, service: str) -> str:
        if uri := self.properties.get(f"{service}serviceuri"):
            return uri
        if account := self.properties.get("accountname"):
            return f"https://{account}.{service}.core.windows.net"
        raise ConfigurationError(f"set {self.name}, or {self.name}__{service}ServiceUri, to a storage account")


class Connections:
    """The connections of an app; one client per account and service."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._found: dict[str, Connection] = {}

    def get(self, name: str) -> Connection:
        """The connection ``name``, or the host's storage for no name. Raises ConfigurationError when it is not set."""
        key = (name or HOST_STORAGE).lower()
        if key not in self._found:
            self._found[key] = self._find(name or HOST_STORAGE)
        return self._found[key]

    def _find(self, name: str) -> Connection:
        for candidate in (f"AzureWebJobs{name}", name):
            string = self._settings.get(candidate)
            prefix = f"{candidate}__".lower()
            properties = {each.removeprefix(prefix): value for each, value in self._settings.items()
                          if each.startswith(prefix)}
            if string or properties:
                string = _DEVELOPMENT_STORAGE if string == _DEVELOPMENT else string
                return Connection(candidate, string, properties)
        raise ConfigurationError(f"the connection {name} is not set; put its connection string into the setting {name}")


def _transport() -> RequestsTransport:
    """A transport whose pool holds a connection for every thread that may use it."""
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=_CONNECTIONS))
    return RequestsTransport(session=session, session_owner=False)


def _storage_credential(uri: str) -> AzureNamedKeyCredential | TokenCredential:
    if _is_loopback(uri) and ACCOUNT_NAME in uri:
        return AzureNamedKeyCredential(ACCOUNT_NAME, ACCOUNT_KEY)
    return DefaultAzureCredential()


def _is_loopback(uri: str) -> bool:
    return urlsplit(uri).hostname in ("127.0.0.1", "localhost", "::1")
