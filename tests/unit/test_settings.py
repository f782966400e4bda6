"""The settings of the app: the sample names exactly those that are read, and what is wrong is said."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from shared.settings import BadSetting, blob_source, from_environment

ROOT = Path(__file__).parents[2]
SAMPLE: dict[str, str] = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
OF_THE_HOST = {"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage"}
AZURE = {
    "RunspoorStorage__blobServiceUri": "https://a.blob.core.windows.net",
    "RunspoorStorage__queueServiceUri": "https://a.queue.core.windows.net",
    "RunspoorCosmos__accountEndpoint": "https://a.documents.azure.com",
}


class Asked(Mapping[str, str]):
    """An environment that remembers which names it was asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values_of, self.names = values, set[str]()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return self.values_of[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_of)

    def __len__(self) -> int:
        return len(self.values_of)


def asked(values: Mapping[str, str]) -> set[str]:
    environment = Asked(values)
    from_environment(environment)
    blob_source(environment)
    return environment.names


def test_the_sample_has_exactly_the_settings_that_are_read() -> None:
    assert asked(SAMPLE) == set(SAMPLE) - OF_THE_HOST


def test_the_defaults_are_those_of_the_sample() -> None:
    required = {name: value for name, value in SAMPLE.items() if name not in (
        "RUNSPOOR_IMAGE", "RUNSPOOR_NODE_AGENT", "RUNSPOOR_REPORT_PATIENCE_SECONDS", "RUNSPOOR_BLOB_SOURCE")}
    assert from_environment(required) == from_environment(SAMPLE)
    assert blob_source(required) == blob_source(SAMPLE)


def test_endpoints_stand_for_connection_strings() -> None:
    keyless = {name: value for name, value in SAMPLE.items() if name not in ("RunspoorStorage", "RunspoorCosmos")}
    settings = from_environment({**keyless, **AZURE})
    assert (settings.blobs, settings.queues, settings.cosmos) == tuple(AZURE.values())
    assert settings.storage_is_endpoint


def test_a_vault_stands_for_the_file_of_secrets() -> None:
    vault = {**SAMPLE, "RUNSPOOR_SECRETS_FILE": "", "RUNSPOOR_KEY_VAULT": "https://a.vault.azure.net"}
    settings = from_environment(vault)
    assert (settings.key_vault, settings.secrets_file) == ("https://a.vault.azure.net", None)
    assert from_environment(SAMPLE).key_vault is None


@pytest.mark.parametrize(("name", "value", "words"), [
    ("RUNSPOOR_SECRETS_FILE", "", "RUNSPOOR_KEY_VAULT has no value"),
    ("RunspoorCosmos", "", "RunspoorCosmos__accountEndpoint has no value"),
    ("RUNSPOOR_PUBLIC_URL", "", "RUNSPOOR_PUBLIC_URL has no value"),
    ("RUNSPOOR_TOKEN_KEY", "short", "at least 32 random characters"),
    ("RUNSPOOR_IMAGE", "ubuntu", "publisher:offer:sku, such as microsoft-dsvm:ubuntu-hpc:2404"),
    ("RUNSPOOR_REPORT_PATIENCE_SECONDS", "soon", "a number of seconds, such as 120, not 'soon'"),
])
def test_what_is_wrong_is_said(name: str, value: str, words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        from_environment({**SAMPLE, name: value})


def test_no_key_is_shown() -> None:
    shown = repr(from_environment(SAMPLE))
    keys = [SAMPLE["RunspoorCosmos"], SAMPLE["RUNSPOOR_BATCH_KEY"], SAMPLE["RUNSPOOR_TOKEN_KEY"]]
    assert [key for key in keys if key in shown] == []
