"""Identities of Microsoft Entra ID, and the keys by which they sign
(learn.microsoft.com/rest/api/storageservices/get-user-delegation-key).

Tokens are looked at as Azurite looks at them: whom they are for and until when, but not who signed them, because there
is nobody here to ask. So they count over https only, which the SDKs insist on too.
"""

from collections.abc import Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import jwt
from jwt.types import Options
from starlette.responses import Response

from local.azurite import ACCOUNT_NAME
from local.files.answers import listed, texts
from local.files.call import Call
from local.files.errors import FilesError
from local.files.sas import Right, delegation_key, time_of

BEARER = "Bearer "
INTENT = "x-ms-file-request-intent"
AUDIENCES = ("https://storage.azure.com", "https://storage.azure.com/", f"https://{ACCOUNT_NAME}.file.core.windows.net")
CHECKED: Options = {"verify_signature": False, "verify_aud": True, "verify_exp": True, "verify_nbf": True}


def right(scheme: str, headers: Mapping[str, str], is_about_service: bool) -> Right:
    """What the bearer of a token may do: everything, if it says that it means to. Raises InvalidAuthenticationInfo."""
    if scheme != "https":
        raise FilesError("AuthenticationFailed", "A token is taken over https only.")
    try:
        claims = jwt.decode(headers["authorization"].removeprefix(BEARER), options=CHECKED, audience=AUDIENCES)
        owner = str(claims["oid"]), str(claims["tid"])
    except (jwt.InvalidTokenError, KeyError) as error:
        raise FilesError("InvalidAuthenticationInfo") from error
    if headers.get(INTENT) != "backup" and not is_about_service:
        raise FilesError("MissingRequiredHeader", f"{INTENT} must be 'backup'.")
    return Right(owner=owner)


def give_key(call: Call) -> Response:
    """A user delegation key for who asks."""
    if call.right.owner is None:
        raise FilesError("AuthorizationFailure", "Only an identity has a user delegation key.")
    start, expiry = _asked(call.body)
    oid, tid = call.right.owner
    version = call.headers.get("x-ms-version", "")
    fields = {"skoid": oid, "sktid": tid, "skt": start, "ske": expiry, "sks": "f", "skv": version}
    root = Element("UserDelegationKey")
    texts(root, {"SignedOid": oid, "SignedTid": tid, "SignedStart": start, "SignedExpiry": expiry,
                 "SignedService": "f", "SignedVersion": version, "Value": delegation_key(call.key, fields)})
    return listed(root)


def _asked(body: bytes) -> tuple[str, str]:
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise FilesError("InvalidHeaderValue", "The body must be KeyInfo in XML.") from error
    found = root.findtext("Start", ""), root.findtext("Expiry", "")
    if time_of(found[0]) >= time_of(found[1]):
        raise FilesError("InvalidHeaderValue", "Start must be before Expiry.")
    return found
