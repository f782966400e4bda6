"""Pages of the blobs of a container, read from what the service answers.

The SDK makes objects of some fifty fields of each blob, at ten times the cost: 100,000 of them would take a minute.
"""

from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, unquote, urlencode
from xml.etree import ElementTree

from azure.core import PipelineClient
from azure.core.exceptions import DecodeError, HttpResponseError
from azure.core.pipeline import PipelineResponse
from azure.core.pipeline.policies import RequestIdPolicy, RetryMode, RetryPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse

from shared.adapters.storage_trouble import CONNECTION_SECONDS
from shared.application.data_ports import StoredFile

OK = 200
FOLDER = "hdi_isfolder"
"""The metadata by which a Data Lake marks a blob that stands for a folder."""
RETRIES = 2
LONGEST_WAIT_SECONDS = 3.0
LIST_SECONDS = 60
"""Azure gives up a list after 30 s; an emulator with many files may take longer. Who is silent is not asked twice."""


class Refused(HttpResponseError):
    """The service did not answer with a list; ``error_code`` is its word for why."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response=response)
        self.error_code = response.headers.get("x-ms-error-code")


class _Again(RetryPolicy[HttpRequest, HttpResponse]):
    """Waits as long as the service asks for, but no longer than a caller can."""

    def get_retry_after(self, response: PipelineResponse[Any, Any]) -> float | None:
        return min(super().get_retry_after(response) or 0.0, LONGEST_WAIT_SECONDS)


class BlobList:
    """The list of the container at ``url``. ``signature`` gives a SAS that permits to list it."""

    def __init__(self, url: str, version: str, signature: Callable[[], str]) -> None:
        self._url, self._version, self._signature = url, version, signature
        again = _Again(retry_total=RETRIES, retry_read=0, retry_backoff_factor=1, retry_mode=RetryMode.Fixed)
        self._client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(
            url, policies=[RequestIdPolicy(), again],
            transport=RequestsTransport(connection_timeout=CONNECTION_SECONDS, read_timeout=LIST_SECONDS))

    def page(self, prefix: str, cursor: str | None, limit: int) -> tuple[list[StoredFile], str | None]:
        """Files by name, without what stands for a folder, and the cursor of the next page. Raises AzureError."""
        wanted = {"restype": "container", "comp": "list", "include": "metadata", "maxresults": limit,
                  **({"prefix": prefix} if prefix else {}), **({"marker": cursor} if cursor else {})}
        request = HttpRequest("GET", f"{self._url}?{urlencode(wanted, quote_via=quote)}&{self._signature()}",
                              headers={"x-ms-version": self._version})
        response = self._client.send_request(request)
        if response.status_code != OK:
            raise Refused(response)
        try:
            root = ElementTree.fromstring(response.read())
            return list(_files(root)), root.findtext("NextMarker") or None
        except (ElementTree.ParseError, ValueError) as error:
            raise DecodeError("The answer is no list of blobs.", response=response) from error


def _files(root: ElementTree.Element) -> Iterator[StoredFile]:
    """A list leaves out the quotes of an etag; a name that XML cannot carry is written as in a URL."""
    for blob in root.iterfind("Blobs/Blob"):
        path = blob.findtext("Name", "")
        if blob.find("Name[@Encoded='true']") is not None:
            path = unquote(path)
        if path.endswith("/") or blob.findtext(f"Metadata/{FOLDER}", "").lower() == "true":
            continue
        etag = blob.findtext("Properties/Etag", "").strip('"')
        yield StoredFile(path=path, size=int(blob.findtext("Properties/Content-Length", "")), etag=f'"{etag}"',
                         modified=parsedate_to_datetime(blob.findtext("Properties/Last-Modified", "")))
