"""The stores in memory: for tests, and for trying a use case without a server. Everything passes through JSON."""

import json
import threading
from dataclasses import asdict, dataclass, field, replace
from typing import cast

from shared.application.codec import from_document, to_document
from shared.application.ports import Commit, Json, MetricDocument, VersionConflict, View, Where


def _json(value: object) -> str:
    return json.dumps(value, allow_nan=False)


@dataclass
class MemoryEvents:
    """An ``EventStore``. A cursor of its feed is the number of commits before it."""

    _commits: list[tuple[str, str]] = field(default_factory=list)
    _taken: set[tuple[str, int]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def append(self, commit: Commit) -> None:
        text = _json(to_document(commit))
        with self._lock:
            if (commit.stream, commit.version) in self._taken:
                raise VersionConflict(f"{commit.stream} has a commit at version {commit.version} already.")
            self._taken.add((commit.stream, commit.version))
            self._commits.append((commit.stream, text))

    def read(self, stream: str) -> list[Commit]:
        with self._lock:
            texts = [text for of, text in self._commits if of == stream]
        return sorted((from_document(json.loads(text)) for text in texts), key=lambda commit: commit.version)

    def feed(self, cursor: str | None, limit: int = 100) -> tuple[list[Commit], str]:
        start = int(cursor or 0)
        with self._lock:
            texts = [text for _, text in self._commits[start:start + limit]]
        return [from_document(json.loads(text)) for text in texts], str(start + len(texts))


@dataclass
class MemoryViews:
    """A ``ViewStore``. Etags are numbers that only grow."""

    _views: dict[tuple[str, str], View] = field(default_factory=dict)
    _writes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, kind: str, id: str) -> View | None:
        with self._lock:
            view = self._views.get((kind, id))
        return view and _copy(view)

    def put(self, view: View) -> None:
        copy = _copy(view)
        with self._lock:
            known = self._views.get((view.kind, view.id))
            if (known and known.etag) != view.etag:
                raise VersionConflict(f"The view {view.kind}/{view.id} was changed since it was read.")
            self._writes += 1
            self._views[view.kind, view.id] = replace(copy, etag=str(self._writes))

    def page(self, kind: str, where: Where, limit: int, before: str | None) -> list[View]:
        with self._lock:
            views = [view for view in self._views.values() if view.kind == kind]
        found = [
            _copy(view) for view in views
            if (before is None or view.sort < before)
            and all(_fits(view.body, name, value) for name, value in where.items())
        ]
        return sorted(found, key=lambda view: view.sort, reverse=True)[:limit]

    def clear(self, kind: str) -> None:
        with self._lock:
            self._views = {key: view for key, view in self._views.items() if view.kind != kind}


def _fits(body: Json, name: str, value: str | bool | tuple[str, ...] | frozenset[str]) -> bool:
    there = body.get(name)
    if isinstance(value, frozenset):
        return isinstance(there, str) and there in value
    if isinstance(value, tuple):
        return isinstance(there, list) and set(value) <= set(there)
    return name in body and there == value


def _copy(view: View) -> View:
    return replace(view, body=cast("Json", json.loads(_json(view.body))))


@dataclass
class MemoryMetrics:
    """A ``MetricStore``."""

    _documents: dict[tuple[str, str], str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, document: MetricDocument) -> bool:
        text = _json(asdict(document))
        with self._lock:
            return self._documents.setdefault((document.run, document.id), text) is text

    def put(self, document: MetricDocument) -> None:
        text = _json(asdict(document))
        with self._lock:
            self._documents[document.run, document.id] = text

    def get(self, run: str, id: str) -> MetricDocument | None:
        with self._lock:
            text = self._documents.get((run, id))
        return MetricDocument(**json.loads(text)) if text else None

    def headers(self, run: str, kind: str) -> list[tuple[str, Json]]:
        documents = sorted(self._of(run, kind), key=lambda document: document.order)
        return [(document.id, document.header) for document in documents]

    def count(self, run: str, kind: str) -> int:
        return len(self._of(run, kind))

    def _of(self, run: str, kind: str) -> list[MetricDocument]:
        with self._lock:
            texts = [text for (of, _), text in self._documents.items() if of == run]
        documents = [MetricDocument(**json.loads(text)) for text in texts]
        return [document for document in documents if document.kind == kind]
