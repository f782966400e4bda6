"""Master-key authorization, as every Cosmos SDK signs it
(learn.microsoft.com/rest/api/cosmos-db/access-control-on-cosmosdb-resources)."""

import base64
import binascii
import hashlib
import hmac
from urllib.parse import parse_qs, quote, unquote

from local.cosmos.errors import CosmosError

EMULATOR_KEY = "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="
"""The well-known key of Microsoft's own emulator: public, so no secret."""


def decode_key(key: str) -> bytes:
    """The bytes of a base64 key; SystemExit with a sentence when it is not base64."""
    try:
        return base64.b64decode(key, validate=True)
    except binascii.Error as error:
        raise SystemExit("The key must be base64, as the key of a Cosmos account is.") from error


def sign(key: str, method: str, path: str, date: str) -> str:
    """The authorization header of a request for ``path`` (decoded, without the leading slash) at an HTTP date."""
    return quote(f"type=master&ver=1.0&sig={_signature(decode_key(key), method, path, date)}", safe="")


def authorize(key: bytes, method: str, path: str, date: str, authorization: str) -> None:
    """401 unless the request was signed with the key. ``path`` is decoded, without the leading slash."""
    fields = parse_qs(unquote(authorization).replace("+", "%2B"))
    given = "".join(fields.get("sig", ()))
    expected = _signature(key, method, path, date)
    if fields.get("type") != ["master"] or not hmac.compare_digest(expected.encode(), given.encode()):
        raise CosmosError(401, "The input authorization token can't serve the request. The wrong key is being used or "
                               "the expected payload is not built as per the protocol.")


def _signature(key: bytes, method: str, path: str, date: str) -> str:
    kind, link = _signed_resource(path)
    text = f"{method.lower()}\n{kind}\n{link}\n{date.lower()}\n\n"
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()


def _signed_resource(path: str) -> tuple[str, str]:
    """The resource type and the link that go into the signature: ``dbs/a/colls`` signs as (colls, dbs/a)."""
    parts = [part for part in path.split("/") if part]
    if not parts:
        return "", ""
    if len(parts) % 2:
        return parts[-1].lower(), "/".join(parts[:-1])
    return parts[-2].lower(), "/".join(parts)
