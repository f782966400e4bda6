"""The user's keys, by backend: a file that only the user can read."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from runspoor.sdk.exceptions import UserErrorException


def file() -> Path:
    """``~/.config/runspoor/keys.json``; XDG_CONFIG_HOME stands for ``~/.config``."""
    home = os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / "runspoor" / "keys.json"


def address(url: str) -> str:
    """The same text for the same backend, however its address is written."""
    parts = urlsplit(url.strip())
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path.rstrip("/"), "", ""))


def key_of(url: str) -> str | None:
    """The key kept for a backend, if there is one."""
    return _keys().get(address(url))


def keep(url: str, key: str) -> None:
    """Keep the key of a backend in place of the one it had."""
    _write({**_keys(), address(url): key})


def forget(url: str) -> None:
    """Keep no key for a backend."""
    _write({known: key for known, key in _keys().items() if known != address(url)})


def _keys() -> dict[str, str]:
    try:
        keys = json.loads(file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UserErrorException(f"The keys in {file()} cannot be read ({error}): mend the file, or delete it and run "
                                 "'runspoor login URL'.") from error
    return {str(url): str(key) for url, key in keys.items()} if isinstance(keys, dict) else {}


def _write(keys: dict[str, str]) -> None:
    target = file()
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # mkstemp makes the file 0600 from the beginning; replace() keeps that, whatever the old file had.
    descriptor, part = tempfile.mkstemp(dir=target.parent, prefix="keys-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as output:
            json.dump(keys, output, indent=2)
        os.replace(part, target)
    except BaseException:
        os.unlink(part)
        raise
