"""What every ``EventStore`` does. An adapter's test class inherits this and says how to make one."""

from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.application.codec import CURRENT, UPCASTS, to_document
from shared.application.ports import Commit, EventStore, TooNew, VersionConflict
from shared.domain import limits
from shared.domain.run_events import AttemptOpened, CancelRequested, RunTagged, ScriptStarted
from tests.contract.examples import EXAMPLES, commit

WRITERS = 32


class EventStoreContract:
    """``make`` gives an empty store, ``reopen`` another object over the same data; ``plant`` stores a raw document."""

    def make(self) -> EventStore:
        raise NotImplementedError

    def reopen(self, store: EventStore) -> EventStore:
        raise NotImplementedError

    def plant(self, store: EventStore, document: Mapping[str, object]) -> None:
        raise NotImplementedError

    @pytest.fixture
    def store(self) -> EventStore:
        return self.make()

    def test_a_stream_nobody_wrote_to_is_empty(self, store: EventStore) -> None:
        assert store.read("run-none") == []

    def test_what_was_appended_is_read_in_order(self, store: EventStore) -> None:
        written = [commit("run-a", version, command_id=f"c-{version}") for version in range(12)]
        for one in written:
            store.append(one)
        assert store.read("run-a") == written

    def test_every_event_survives(self, store: EventStore) -> None:
        written = commit("run-a", 0, *EXAMPLES.values())
        store.append(written)
        assert store.read("run-a") == [written]

    def test_versions_count_events_without_gaps(self, store: EventStore) -> None:
        store.append(commit("run-a", 0, AttemptOpened(attempt=1), ScriptStarted(attempt=1)))
        store.append(commit("run-a", 2))
        assert [(one.version, one.next) for one in store.read("run-a")] == [(0, 2), (2, 3)]

    def test_a_taken_version_is_refused_and_changes_nothing(self, store: EventStore) -> None:
        first = commit("run-a", 0)
        store.append(first)
        with pytest.raises(VersionConflict):
            store.append(commit("run-a", 0, ScriptStarted(attempt=9)))
        assert store.read("run-a") == [first]
        assert _drain(store, None)[0] == [first]

    def test_a_commit_without_events_is_refused(self, store: EventStore) -> None:
        with pytest.raises(ValueError, match="no events"):
            store.append(Commit("run-a", 0, commit("run-a", 0).at, "c", "a", "b", ()))
        assert store.read("run-a") == []

    def test_streams_do_not_see_each_other(self, store: EventStore) -> None:
        ours, theirs = commit("run-a", 0), commit("run-ab", 0, ScriptStarted(attempt=2))
        store.append(ours)
        store.append(theirs)
        assert (store.read("run-a"), store.read("run-ab")) == ([ours], [theirs])

    def test_of_many_writers_of_one_version_one_wins(self, store: EventStore) -> None:
        def write(writer: int) -> bool:
            try:
                store.append(commit("run-a", 0, command_id=f"writer-{writer}"))
            except VersionConflict:
                return False
            return True

        with ThreadPoolExecutor(WRITERS) as pool:
            won = [writer for writer, did in enumerate(pool.map(write, range(WRITERS))) if did]
        assert len(won) == 1
        assert [one.command_id for one in store.read("run-a")] == [f"writer-{won[0]}"]

    def test_a_large_commit_survives(self, store: EventStore) -> None:
        written = commit("run-a", 0, CancelRequested(by="caller", reason="x" * limits.EVENT_BYTES))
        store.append(written)
        assert store.read("run-a") == [written]

    @pytest.mark.parametrize("text", ["Größe 数据 🦊", "nul \x00 and \x1f", "\u2028 \"quoted\" \\ / ' line\nbreak", ""])
    def test_any_text_survives(self, store: EventStore, text: str) -> None:
        written = commit("experiment-数 a.b", 0, RunTagged(tags={"k" + text: text}))
        store.append(written)
        assert store.read("experiment-数 a.b") == [written]
        assert _drain(store, None)[0] == [written]

    @pytest.mark.parametrize("stored", [
        {"type": "run.teleported", "v": 1, "data": {}}, {"type": "run.attempt_opened", "v": 2, "data": {"attempt": 1}},
    ])
    def test_what_a_newer_version_wrote_is_refused_not_skipped(
        self, store: EventStore, stored: dict[str, object]
    ) -> None:
        self.plant(store, {**to_document(commit("run-a", 0)), "events": [stored]})
        with pytest.raises(TooNew):
            store.read("run-a")
        with pytest.raises(TooNew):
            store.feed(None)

    def test_what_an_older_version_wrote_is_brought_up_to_date(
        self, store: EventStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.plant(store, {
            **to_document(commit("run-a", 0)), "events": [{"type": "run.attempt_opened", "v": 1, "data": {"try": 3}}],
        })
        monkeypatch.setitem(CURRENT, "run.attempt_opened", (2, AttemptOpened))
        monkeypatch.setitem(UPCASTS, ("run.attempt_opened", 1), lambda data: {"attempt": data["try"]})
        assert store.read("run-a") == [commit("run-a", 0, AttemptOpened(attempt=3))]
        assert store.feed(None)[0] == [commit("run-a", 0, AttemptOpened(attempt=3))]

    def test_the_feed_of_an_empty_store_is_empty_and_can_be_continued(self, store: EventStore) -> None:
        commits, cursor = store.feed(None)
        assert commits == []
        store.append(commit("run-a", 0))
        assert store.feed(cursor)[0] == [commit("run-a", 0)]

    def test_the_feed_has_every_commit_and_keeps_the_order_of_streams(self, store: EventStore) -> None:
        for version in range(5):
            for stream in ("run-a", "run-b", "experiment-c"):
                store.append(commit(stream, version))
        seen = defaultdict(list)
        for one in _drain(store, None, limit=4)[0]:
            seen[one.stream].append(one.version)
        assert seen == {stream: [0, 1, 2, 3, 4] for stream in ("run-a", "run-b", "experiment-c")}

    def test_the_feed_hands_over_no_more_than_asked_for(self, store: EventStore) -> None:
        for version in range(5):
            store.append(commit("run-a", version))
        first, cursor = store.feed(None, limit=2)
        second, _ = store.feed(cursor, limit=2)
        assert [one.version for one in [*first, *second]] == [0, 1, 2, 3]

    def test_a_cursor_outlives_the_store_that_gave_it(self, store: EventStore) -> None:
        store.append(commit("run-a", 0))
        _, cursor = _drain(store, None)
        store.append(commit("run-a", 1))
        again = self.reopen(store)
        assert [one.version for one in _drain(again, cursor)[0]] == [1]
        assert [one.version for one in _drain(again, cursor)[0]] == [1], "a cursor can be used twice"

    def test_the_feed_is_right_while_others_use_the_store(self, store: EventStore) -> None:
        def write(stream: str) -> None:
            for version in range(10):
                store.append(commit(stream, version))
                store.read(stream)

        streams = [f"run-{number}" for number in range(4)]
        seen, cursor = defaultdict(list), None
        with ThreadPoolExecutor(len(streams)) as pool:
            writers = [pool.submit(write, stream) for stream in streams]
            while not all(writer.done() for writer in writers):
                commits, cursor = store.feed(cursor, limit=7)
                for one in commits:
                    seen[one.stream].append(one.version)
            for writer in writers:
                writer.result()
        for one in _drain(store, cursor)[0]:
            seen[one.stream].append(one.version)
        assert seen == {stream: list(range(10)) for stream in streams}


def _drain(store: EventStore, cursor: str | None, limit: int = 100) -> tuple[list[Commit], str]:
    drained: list[Commit] = []
    while True:
        commits, cursor = store.feed(cursor, limit)
        if not commits:
            return drained, cursor
        drained += commits
