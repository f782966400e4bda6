"""Secrets in a file of this machine, each encrypted with a key that is derived from the backend's own."""

import base64
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PURPOSE = b"runspoor secrets file"


class SecretsFile:
    """The ``Secrets`` port. ``key``: a text of 32 random characters at least; by another one there is nothing in it.

    Several processes may use the file at once: it is read and replaced as a whole, under a lock.
    """

    def __init__(self, path: Path, key: str) -> None:
        self._path = path
        derived = HKDF(SHA256(), length=32, salt=None, info=PURPOSE).derive(key.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def put(self, name: str, value: str) -> None:
        with self._locked():
            kept = self._read()
            if name not in kept:
                self._write({**kept, name: self._fernet.encrypt(value.encode()).decode()})

    def get(self, name: str) -> str | None:
        token = self._read().get(name)
        try:
            return None if token is None else self._fernet.decrypt(token).decode()
        except InvalidToken:
            return None

    def delete(self, name: str) -> None:
        with self._locked():
            kept = self._read()
            if kept.pop(name, None) is not None:
                self._write(kept)

    def _read(self) -> dict[str, str]:
        try:
            kept: dict[str, str] = json.loads(self._path.read_text())
        except FileNotFoundError:
            return {}
        return kept

    def _write(self, kept: dict[str, str]) -> None:
        fresh = self._path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(kept, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
