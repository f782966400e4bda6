"""Which backend a workspace means, and by which right it is asked."""

from __future__ import annotations

import os
from dataclasses import dataclass

from runspoor.sdk import config_file, keyring
from runspoor.sdk.exceptions import AuthenticationException, UserErrorException
from runspoor.transport import AccessFile, Credential

URL_VARIABLE = "RUNSPOOR_URL"
KEY_VARIABLE = "RUNSPOOR_KEY"


@dataclass(frozen=True)
class Connection:
    """``url``: the API's address, with ``/api``. ``in_run``: it is the run's own right, which is for a part of it."""

    url: str
    credential: Credential
    in_run: bool = False


def connection(configured_url: str | None = None) -> Connection:
    """Inside a run that of the run; else to ``configured_url``, or where RUNSPOOR_URL or a config.json says.

    Raises UserErrorException when nothing says where, AuthenticationException when there is no key.
    """
    access = AccessFile.from_environment()
    if access is not None:
        return Connection(access.url, access, in_run=True)
    url = configured_url or os.environ.get(URL_VARIABLE) or _url_of_nearest_config()
    if not url:
        raise UserErrorException(
            f"Nothing says where Runspoor is: set {URL_VARIABLE}, add \"{config_file.URL}\" to config.json, or run "
            "'runspoor login URL'.")
    return Connection(url.rstrip("/"), _key(url))


def _url_of_nearest_config() -> str | None:
    file = config_file.search()
    return config_file.read(file).url if file else None


def _key(url: str) -> str:
    key = _key_of_environment(url) or keyring.key_of(url)
    if key is None:
        raise AuthenticationException(f"There is no key for {url}: run 'runspoor login {url}', or set {KEY_VARIABLE}.")
    return key


def _key_of_environment(url: str) -> str | None:
    """RUNSPOOR_KEY, unless it is said to belong elsewhere: a config.json from others must not get at it."""
    belongs_to = os.environ.get(URL_VARIABLE)
    if belongs_to and keyring.address(belongs_to) != keyring.address(url):
        return None
    return os.environ.get(KEY_VARIABLE)
