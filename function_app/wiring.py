"""Settings -> adapters -> the backend, built once per worker and only when first used."""

import logging
import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.identity import DefaultAzureCredential
from azure.keyvault.secrets import SecretClient
from azure.storage.blob import BlobServiceClient
from azure.storage.blob import ExponentialRetry as BlobRetry
from azure.storage.queue import ExponentialRetry as QueueRetry
from azure.storage.queue import QueueClient, TextBase64EncodePolicy

from runner.package import build
from shared.adapters import cosmos_client, cosmos_schema
from shared.adapters.azure_batch import AzureBatch, NodeImage
from shared.adapters.cosmos_events import CosmosEvents
from shared.adapters.cosmos_metrics import CosmosMetrics
from shared.adapters.cosmos_views import CosmosViews
from shared.adapters.key_vault import KeyVaultSecrets
from shared.adapters.optuna_suggestions import OptunaSuggestions
from shared.adapters.request_charge import RequestCharges
from shared.adapters.secrets_file import SecretsFile
from shared.adapters.storage_blobs import StorageBlobs
from shared.adapters.storage_datastores import StorageDatastores, own_account
from shared.adapters.storage_queue import StorageQueue
from shared.application.backend import Backend
from shared.application.data_ports import Secrets
from shared.application.tokens import Tokens
from shared.settings import DATABASE, REACTIONS_QUEUE, Settings, from_environment

BLOB_RETRY = BlobRetry(initial_backoff=1, increment_base=2, retry_total=4, random_jitter_range=1)
QUEUE_RETRY = QueueRetry(initial_backoff=1, increment_base=2, retry_total=4, random_jitter_range=1)
"""After 1, 3, 5 and 9 seconds. The SDK's own 15 s and more outlast the caller, and triggers try again anyway."""
VAULT_PATIENCE = {"retry_total": 2, "connection_timeout": 5, "read_timeout": 8}
"""The SDK's own: ten times, for minutes."""


logging.getLogger("azure").setLevel(logging.WARNING)
"""At level INFO the SDKs write two entries about every request, with its address: dear, and nobody reads them."""


@cache
def backend() -> Backend:
    """The backend of this deployment. Raises ``BadSetting`` when it is not configured."""
    settings = from_environment(os.environ)
    database = cosmos_client.client(settings.cosmos).get_database_client(DATABASE)
    charges = RequestCharges()
    blob_service = _blob_service(settings)
    return Backend(
        events=CosmosEvents(database.get_container_client(cosmos_schema.EVENTS.name), charges),
        views=CosmosViews(database.get_container_client(cosmos_schema.VIEWS.name), charges),
        metrics=CosmosMetrics(database.get_container_client(cosmos_schema.METRICS.name), charges),
        blobs=StorageBlobs(blob_service),
        reactions=StorageQueue(_queue(settings)),
        compute=AzureBatch(_batch(settings), NodeImage(*settings.image, settings.node_agent, settings.batch_identity)),
        datastores=StorageDatastores(own_account(blob_service, settings.blobs), DefaultAzureCredential),
        secrets=_secrets(settings),
        suggestions=OptunaSuggestions(),
        tokens=Tokens(settings.token_key),
        clock=lambda: datetime.now(UTC),
        runner=build(),
        public_url=settings.public_url,
        report_patience=settings.report_patience,
    )


def _blob_service(settings: Settings) -> BlobServiceClient:
    if settings.storage_is_endpoint:
        return BlobServiceClient(settings.blobs, credential=DefaultAzureCredential(), retry_policy=BLOB_RETRY)
    return BlobServiceClient.from_connection_string(settings.blobs, retry_policy=BLOB_RETRY)


def _queue(settings: Settings) -> QueueClient:
    encoding = TextBase64EncodePolicy()
    if settings.storage_is_endpoint:
        return QueueClient(settings.queues, REACTIONS_QUEUE, credential=DefaultAzureCredential(),
                           message_encode_policy=encoding, retry_policy=QUEUE_RETRY)
    return QueueClient.from_connection_string(settings.queues, REACTIONS_QUEUE, message_encode_policy=encoding,
                                              retry_policy=QUEUE_RETRY)


def _secrets(settings: Settings) -> Secrets:
    if settings.key_vault:
        return KeyVaultSecrets(SecretClient(settings.key_vault, DefaultAzureCredential(), **VAULT_PATIENCE))
    return SecretsFile(Path(settings.secrets_file or ""), settings.token_key)


def _batch(settings: Settings) -> BatchClient:
    if settings.batch_key:
        return BatchClient(settings.batch_endpoint,
                           AzureNamedKeyCredential(settings.batch_account, settings.batch_key))
    return BatchClient(settings.batch_endpoint, DefaultAzureCredential())
