"""From the specification of an environment to where the script runs: the node's cache, storage, or made here."""

from __future__ import annotations

import logging
import os
import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runner.blobs import BLOCK_BLOB, CREATE_ONLY, EXISTS, Blobs, expect
from runner.connections import Slice
from runner.environment import cache
from runner.environment.archive import Unusable
from runner.environment.cache import Entry
from runner.environment.commands import Commands
from runner.environment.installers import Conda, Venv, conda_tool
from runner.environment.interpreters import Interpreter, choose
from runner.environment.requirements import Plan, plan, with_pip_only
from runner.environment.specification import Packages
from runner.errors import Outage, Refused
from runner.upload import digests

log = logging.getLogger(__name__)
# A damaged archive stays where it is, because archives are never overwritten: the next number is looked at instead.
GENERATIONS = 5
# The most that one request may write (Put Blob); so an archive is there as a whole or not at all.
ARCHIVE_BYTES = 5000 * 1024 * 1024
PACKED = "environment.tar.gz"
# Trouble of storage keeps the script waiting for no longer than that: the archive is for others.
STORE_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Made:
    """An environment on this node; without ``prefix`` it is a Python that was there already."""

    python: str
    prefix: Path | None = None

    def variables(self, path: str) -> dict[str, str]:
        """What a script in it finds in its environment, ``PATH`` before being ``path``."""
        if self.prefix is None:
            return {}
        return {"PATH": os.pathsep.join(filter(None, (str(self.prefix / "bin"), path))),
                "VIRTUAL_ENV": str(self.prefix)}


def from_packages(packages: Packages, digest: str, blobs: Blobs, commands: Commands) -> Made:
    """Raises RunFailed, Stopped, Fenced, Refused, Outage."""
    folder = cache.root(commands.variables, commands.folder)
    wanted = plan(packages)
    interpreter = choose(wanted.python, commands, folder / "python")
    way = _way(wanted, interpreter, commands, folder)
    for note in way.plan.notes:
        commands.log.say(note)
    if way.plan.is_empty and isinstance(way, Venv):
        commands.log.say(f"nothing is to be installed: the script runs with {interpreter.path} "
                         f"(Python {interpreter.version})")
        return Made(interpreter.path)
    entry = Entry.of(folder, digest, way.tag(folder))
    _Making(entry, way, blobs, commands).make()
    return Made(str(entry.python), entry.path)


def _way(wanted: Plan, interpreter: Interpreter, commands: Commands, folder: Path) -> Venv | Conda:
    tool = conda_tool(commands)
    if tool and (wanted.conda or not interpreter.is_asked):
        libc = re.sub(r"[^A-Za-z0-9.]", "", "".join(platform.libc_ver()))
        return Conda(tool, f"{platform.machine()}-{libc}", wanted)
    return Venv(interpreter, with_pip_only(wanted))


class _Making:
    """One environment that is in the cache afterwards."""

    def __init__(self, entry: Entry, way: Venv | Conda, blobs: Blobs, commands: Commands) -> None:
        self._entry, self._way, self._blobs, self._commands = entry, way, blobs, commands
        self._packed = commands.folder / PACKED
        self._name = ""

    def make(self) -> None:
        with self._entry.locked(self._commands):
            if self._entry.is_complete:
                self._say(f"found in the node's cache: {self._entry.path}")
                return
            try:
                if self._from_storage():
                    return
                self._build()
            finally:
                self._packed.unlink(missing_ok=True)

    def _from_storage(self) -> bool:
        """Unpack the first archive that is whole; ``_name`` is then the first that was not there, if there is one."""
        for name in self._names():
            trouble = self._fetch(name)
            if trouble is None:
                self._name = name
                return False
            if not trouble:
                self._entry.complete({"from": name})
                self._say(f"unpacked from storage: {name}")
                return True
            self._say(f"the archive {name} cannot be used and is passed over: {trouble}")
        return False

    def _names(self) -> Iterator[str]:
        tag = self._way.tag(self._entry.path.parent)
        for generation in range(1, GENERATIONS + 1):
            yield f"environments/{tag}.tar.gz" if generation == 1 else f"environments/{tag}.{generation}.tar.gz"

    def _fetch(self, name: str) -> str | None:
        """None when there is no such archive; else what is wrong with it, the empty text for nothing."""
        found = self._blobs.save("read", name, self._packed)
        self._commands.check()
        if found is None:
            return None
        if found[0] != found[1]:
            return f"its content has the sha256 {found[0]}, and not {found[1]} as it was written"
        self._entry.clear()
        try:
            self._way.unpack(self._packed, self._entry, self._commands)
        except Unusable as error:
            return str(error)
        return ""

    def _build(self) -> None:
        self._say(f"being made on this node: {self._entry.path}")
        self._entry.clear()
        self._way.build(self._entry, self._commands)
        self._store()
        self._entry.complete({"from": "built"})
        self._say("made")

    def _store(self) -> None:
        """So that other nodes need not make it. Without success the run goes on all the same."""
        if not self._name:
            return
        self._say("being packed for other nodes")
        self._way.pack(self._entry, self._packed)
        size, sha256, checksum = digests(self._packed)
        if size > ARCHIVE_BYTES:
            self._say(f"not stored: the archive has {size:,} bytes and may have {ARCHIVE_BYTES:,}")
            return
        self._commands.check()
        headers = {**BLOCK_BLOB, **CREATE_ONLY, "Content-MD5": checksum, "x-ms-meta-sha256": sha256,
                   "Content-Type": "application/gzip"}
        try:
            response = self._blobs.send("PUT", self._name, headers, Slice(self._packed, 0, size), right="create",
                                        patience_seconds=STORE_PATIENCE_SECONDS)
            if response.status not in EXISTS:
                expect(201, self._name, response)
        except (Refused, Outage, OSError) as error:
            self._say(f"not stored: {error}")
            return
        self._say(f"stored for other nodes: {self._name}, {size:,} bytes" if response.status not in EXISTS
                  else f"another node has stored the same meanwhile: {self._name}")

    def _say(self, what: str) -> None:
        log.info("environment: %s", what)
        self._commands.log.say(what)
