"""Who may do what: signatures are really checked."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.storage.fileshare import (
    AccountSasPermissions,
    ResourceTypes,
    ShareClient,
    ShareServiceClient,
    generate_account_sas,
    generate_file_sas,
    generate_share_sas,
)

from local.azurite import ACCOUNT_KEY, ACCOUNT_NAME
from tests.integration.files_emulator.running import Emulator

WRONG_KEY = "d3Jvbmcga2V5IG9mIHNvbWVib2R5IGVsc2U="
NOW = datetime.now(UTC)
SOON, PAST = NOW + timedelta(hours=1), NOW - timedelta(minutes=1)
MAKE = {"x-ms-type": "file", "x-ms-content-length": "1"}
Send = Callable[..., tuple[int, str]]


@pytest.fixture
def send(http: httpx.Client) -> Send:
    """Gives the status and the error code."""
    def send(method: str, url: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
        answer = http.request(method, url, headers=headers)
        code = answer.headers.get("x-ms-error-code", "")
        assert method == "HEAD" or code in answer.text
        return answer.status_code, code
    return send


@pytest.fixture
def url(share: ShareClient) -> str:
    """Of a file in a directory, without a signature."""
    share.create_directory("d").upload_file("f", b"1")
    return str(share.get_file_client("d/f").url)


def sas(share: ShareClient, permission: str, expiry: datetime = SOON, path: str = "d/f", key: str = ACCOUNT_KEY,
        start: datetime | None = None) -> str:
    return generate_file_sas(ACCOUNT_NAME, share.share_name, path.split("/"), key, permission, expiry, start)


def test_a_wrong_key_opens_nothing(emulator: Emulator, share: ShareClient) -> None:
    with pytest.raises(ClientAuthenticationError, match="AuthenticationFailed"):
        emulator.client(WRONG_KEY).get_share_client(share.share_name).get_share_properties()


def test_a_changed_request_is_not_signed(emulator: Emulator, http: httpx.Client, share: ShareClient) -> None:
    taken: list[httpx.Request] = []
    share.get_share_properties(raw_response_hook=lambda got: taken.append(
        httpx.Request(got.http_request.method, got.http_request.url, headers=dict(got.http_request.headers))))
    (signed,) = taken
    assert http.send(signed).status_code == 200
    for change in ({"x-ms-date": "Fri, 20 Nov 2026 16:49:49 GMT"}, {"x-ms-meta-more": "1"}):
        changed = httpx.Request(signed.method, signed.url, headers={**signed.headers, **change})
        assert http.send(changed).status_code == 403
    assert http.send(httpx.Request("DELETE", signed.url, headers=signed.headers)).status_code == 403


@pytest.mark.parametrize(("permission", "allowed"), [
    ("r", {"GET", "HEAD"}), ("c", {"create"}), ("w", {"create", "PUT", "range"}), ("d", {"DELETE"}),
    ("rcwd", {"GET", "HEAD", "create", "PUT", "range", "DELETE"}),
])
def test_a_file_s_signature_permits_what_it_says(
    share: ShareClient, url: str, send: Send, permission: str, allowed: set[str]
) -> None:
    signed, new = f"{url}?{sas(share, permission)}", f"{url}2?{sas(share, permission, path='d/f2')}"
    done = {
        "GET": send("GET", signed), "HEAD": send("HEAD", signed), "create": send("PUT", new, MAKE),
        "PUT": send("PUT", signed, MAKE), "DELETE": send("DELETE", signed),
        "range": send("PUT", f"{new}&comp=range", {"x-ms-write": "clear", "x-ms-range": "bytes=0-0"}),
    }
    assert {name for name, (status, _) in done.items() if status < 300} == allowed
    assert {code for status, code in done.values() if status >= 300} <= {"AuthorizationPermissionMismatch"}


def test_a_file_s_signature_is_for_this_file(share: ShareClient, url: str, send: Send) -> None:
    good = sas(share, "rcwd")
    folder = url.rpartition("/")[0]
    assert send("GET", f"{url}?{good}") == (200, "")
    assert send("GET", f"{folder}/F?{good}")[0] == 403
    assert send("PUT", f"{folder}/other?{good}", MAKE) == (403, "AuthenticationFailed")
    assert send("GET", f"{folder}?restype=directory&comp=list&{good}")[0] == 403
    assert send("DELETE", f"{url}?restype=directory&{good}") == (403, "AuthorizationResourceTypeMismatch")


def test_times_keys_and_changed_signatures(share: ShareClient, url: str, send: Send) -> None:
    refused = (403, "AuthenticationFailed")
    assert send("GET", url) == refused
    assert send("GET", f"{url}?{sas(share, 'r', PAST)}") == refused
    assert send("GET", f"{url}?{sas(share, 'r', start=SOON - timedelta(minutes=1))}") == refused
    assert send("GET", f"{url}?{sas(share, 'r', start=PAST)}") == (200, "")
    assert send("GET", f"{url}?{sas(share, 'r', key=WRONG_KEY)}") == refused
    assert send("PUT", f"{url}?{sas(share, 'r').replace('sp=r', 'sp=rw')}", MAKE) == refused
    assert send("GET", f"{url}?{sas(share, 'r').replace('sr=f', 'sr=s')}") == refused


def test_a_share_s_signature_is_for_all_in_it_and_nothing_else(
    service: ShareServiceClient, share: ShareClient, url: str, send: Send
) -> None:
    good = generate_share_sas(ACCOUNT_NAME, share.share_name, ACCOUNT_KEY, "rcwl", SOON)
    root = url.rpartition("/d/")[0]
    assert send("GET", f"{url}?{good}") == (200, "")
    assert send("GET", f"{root}?restype=directory&comp=list&{good}") == (200, "")
    assert send("PUT", f"{root}/e?restype=directory&{good}") == (201, "")
    assert send("DELETE", f"{url}?{good}") == (403, "AuthorizationPermissionMismatch")
    assert send("GET", f"{root}?restype=share&{good}") == (403, "AuthorizationResourceTypeMismatch")
    other = service.create_share(f"{share.share_name}x")
    assert send("GET", f"{other.url}?restype=directory&comp=list&{good}") == (403, "AuthenticationFailed")


def test_an_account_s_signature_names_types_of_resources(emulator: Emulator, share: ShareClient, url: str) -> None:
    def opened(types: ResourceTypes, permission: AccountSasPermissions) -> ShareServiceClient:
        token = generate_account_sas(ACCOUNT_NAME, ACCOUNT_KEY, types, permission, SOON)
        return ShareServiceClient(emulator.endpoint, credential=token)

    listing = opened(ResourceTypes(service=True), AccountSasPermissions(list=True))
    assert share.share_name in {each.name for each in listing.list_shares()}
    with pytest.raises(HttpResponseError, match="AuthorizationResourceTypeMismatch"):
        listing.get_share_client(share.share_name).get_share_properties()
    reading = opened(ResourceTypes(object=True), AccountSasPermissions(read=True))
    assert reading.get_share_client(share.share_name).get_file_client("d/f").download_file().readall() == b"1"
    with pytest.raises(HttpResponseError, match="AuthorizationPermissionMismatch"):
        reading.get_share_client(share.share_name).get_file_client("d/f").delete_file()


def test_errors_are_azure_s_xml(http: httpx.Client, url: str) -> None:
    answer = http.get(url)
    assert answer.text.startswith('<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code>')
    assert answer.headers["content-type"] == "application/xml"
    assert answer.headers["x-ms-request-id"]
