"""Which endpoints and credentials a datastore may have."""

import base64
import re
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contract.account_access import checked_endpoint, checked_key, checked_sas
from shared.domain.datastore import DatastoreKind
from shared.domain.errors import Invalid

NOW = datetime(2026, 11, 21, tzinfo=UTC)
KEY = base64.b64encode(b"k" * 64).decode()
SIGNED = "sv=2026-10-06&sp=rl&se=2027-01-01&sig=c2VjcmV0%3D"
TIMELESS = SIGNED.replace("&se=2027-01-01", "")


@pytest.mark.parametrize(("url", "kind", "kept"), [
    ("https://photos.blob.core.chinacloudapi.cn", "blob", "https://photos.blob.core.chinacloudapi.cn"),
    ("HTTPS://Photos.Blob.Example/", "blob", "https://photos.blob.example"),
    ("http://127.0.0.1:10000/photos/", "share", "http://127.0.0.1:10000/photos"),
    ("http://localhost:1", "blob", "http://localhost:1"), ("http://[::1]:1/a", "blob", "http://[::1]:1/a"),
    ("https://1.2.3.4", "blob", "https://1.2.3.4"), ("https://a_b.example.", "blob", "https://a_b.example."),
    ("https://photos.dfs.core.windows.net", "gen2", "https://photos.blob.core.windows.net"),
    ("https://photos.dfs.core.windows.net", "blob", "https://photos.dfs.core.windows.net"),
])
def test_endpoints(url: str, kind: DatastoreKind, kept: str) -> None:
    assert checked_endpoint(url, kind) == kept


@pytest.mark.parametrize(("url", "said"), [
    ("https://a.example?sig=s3cret", "more than an address"), ("https://a.example/#s3cret", "more than an address"),
    ("https://ada:s3cret@a.example", "more than an address"), ("https://@a.example", "more than an address"),
    ("http://a.example", "not encrypted"), ("http://10.0.0.1", "not encrypted"),
    ("http://127.0.0.1.example", "not encrypted"), ("http://localhost.example", "not encrypted"),
    ("ftp://a.example", "no web address"), ("a.example", "no web address"), ("https://", "no web address"),
    ("https://[::1", "no web address"), ("https://a.example:x", "no web address"),
    ("https://a.example\\@b", "no web address"), ("https://a.exämple", "no web address"),
    ("https://a.example/ b", "no web address"), ("https://a..example", "no web address"),
    (f"https://{'a' * 64}.example", "no web address"), ("https://.example", "no web address"),
    (f"https://{'a.' * 127}a", "no web address"), ("https://%61.example", "no web address"),
    ("https://a.example:0", "no web address"),
    ("file:///etc/passwd", "no web address"),
])
def test_endpoints_that_cannot_be(url: str, said: str) -> None:
    with pytest.raises(Invalid, match=said.replace("no web", "not a web")) as refused:
        checked_endpoint(url, "blob")
    assert "s3cret" not in str(refused.value)


def test_keys() -> None:
    assert checked_key(f" {KEY}\n") == KEY
    for wrong in ("s3cret!", KEY[:-3], "", "====", f"{KEY[:8]} {KEY[8:]}"):
        with pytest.raises(Invalid, match="is base64 text") as refused:
            checked_key(wrong)
        assert wrong not in str(refused.value) or not wrong


@pytest.mark.parametrize(("sas", "kind"), [
    (f"?{SIGNED}&sr=c", "blob"), (f" {SIGNED}&sr=s\n", "share"), (f"{SIGNED}&sr=c", "gen2"),
    (f"{SIGNED}&sr=d&sdd=2", "gen2"), (f"{TIMELESS}&sr=c&se=2026-11-22", "blob"),
    (f"{TIMELESS}&sr=c&se=2026-11-21T00%3A00%3A01Z", "blob"), ("si=policy&sr=c&sig=abc", "blob"),
    (f"{TIMELESS}&sr=c&se=2026-11-21T00%3A01Z", "blob"), (f"{SIGNED}&sr=c&st=2026-11-21", "blob"),
    (f"{SIGNED}&sr=c".replace("sp=rl", "sp=racwl"), "blob"), (f"{SIGNED}&sr=s".replace("sp=rl", "sp=rcwl"), "share"),
])
def test_sas(sas: str, kind: DatastoreKind) -> None:
    assert checked_sas(sas, kind, NOW) == sas.strip().removeprefix("?")


@pytest.mark.parametrize(("sas", "kind", "said"), [
    (f"{SIGNED}&ss=b&srt=sco", "blob", "something else than a container"),
    (f"{SIGNED}&sr=b", "blob", "something else than a container"),
    (f"{SIGNED}&sr=s", "blob", "something else than a container"),
    (f"{SIGNED}&sr=d", "blob", "something else than a container"),
    (f"{SIGNED}&sr=c", "share", "something else than a share"),
    (f"{SIGNED}&sr=f", "share", "something else than a share"),
    ("sv=2026-10-06&sr=c", "blob", "from 'sv=' or 'sp=' to 'sig=...'"), ("", "blob", "is none"),
    (f"https://a.blob.example/c?{SIGNED}&sr=c", "blob", "without an address"),
    (f"{SIGNED}&sr=c#x", "blob", "is none"), (f"{SIGNED}&sr=c\r\nHost: x", "blob", "is none"),
    (f"{TIMELESS}&sr=c&se=2026-11-20", "blob", "has expired"),
    (f"{TIMELESS}&sr=c&se=2026-11-20T23:59:59Z", "blob", "has expired"),
    (f"{SIGNED}&sr=c&st=2026-11-22", "blob", "not good yet"), (f"{TIMELESS}&sr=c", "blob", "neither when it ends"),
    (f"{SIGNED}&sr=c&ss=b&srt=sco", "blob", "something else than a container"),
    (f"{SIGNED}&sr=c&sp=r", "blob", "is none"), (f"{SIGNED}&sr=c&sr=b", "blob", "is none"),
    *((f"{SIGNED}&sr=c".replace("sp=rl", f"sp=rl{more}"), "blob", "no other rights (sp) than 'racwl'")
      for more in "dxytfmeopi"),
    (f"{SIGNED}&sr=s".replace("sp=rl", "sp=rcwdl"), "share", "no other rights (sp) than 'rcwl'"),
])
def test_sas_that_cannot_be(sas: str, kind: DatastoreKind, said: str) -> None:
    with pytest.raises(Invalid, match=re.escape(said)) as refused:
        checked_sas(sas, kind, NOW)
    assert "c2VjcmV0" not in str(refused.value)


@given(st.text(max_size=60) | st.from_regex(r"\d{4}-\d\d-\d\d(T\d\d:\d\dZ)?"),
       st.sampled_from(["blob", "share", "gen2"]))
def test_whatever_is_given_is_taken_or_refused(text: str, kind: DatastoreKind) -> None:
    with suppress(Invalid):
        checked_endpoint(text, kind)
    with suppress(Invalid):
        checked_key(text)
    with suppress(Invalid):
        checked_sas(f"sig=a&sr=c&se={text}", kind, NOW)
