"""What every ``MetricStore`` does. An adapter's test class inherits this and says how to make one."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.application.ports import MetricDocument, MetricStore

AWKWARD = ["loss/train", "loss\\train", "loss?train", "loss#train", "loss%2Ftrain", "数" * 255, "a~2fb", "a b "]


def document(id: str, order: str = "1", run: str = "a", kind: str = "chunk", points: int = 3) -> MetricDocument:
    return MetricDocument(run, id, kind, order, {"name": id, "points": points}, {"values": [0.5] * points})


class MetricStoreContract:
    """``make`` gives an empty store."""

    def make(self) -> MetricStore:
        raise NotImplementedError

    @pytest.fixture
    def store(self) -> MetricStore:
        return self.make()

    def test_what_nobody_wrote_is_not_there(self, store: MetricStore) -> None:
        assert store.get("a", "x") is None
        assert store.headers("a", "chunk") == []
        assert store.count("a", "chunk") == 0

    def test_what_was_added_is_read(self, store: MetricStore) -> None:
        written = MetricDocument("a", "x", "chunk", "1", {"nested": {"ß": [1, None]}}, {"values": [0.1, "$", True]})
        assert store.add(written)
        assert store.get("a", "x") == written

    def test_adding_again_leaves_the_first(self, store: MetricStore) -> None:
        store.add(document("x", points=1))
        assert not store.add(document("x", points=2))
        assert store.get("a", "x") == document("x", points=1)

    def test_adding_the_very_same_again_is_noticed(self, store: MetricStore) -> None:
        assert [store.add(document("x")), store.add(document("x"))] == [True, False]

    def test_of_many_that_add_one_wins(self, store: MetricStore) -> None:
        with ThreadPoolExecutor(16) as pool:
            added = list(pool.map(lambda points: store.add(document("x", points=points)), range(16)))
        assert added.count(True) == 1
        assert store.get("a", "x") == document("x", points=added.index(True))

    def test_putting_replaces(self, store: MetricStore) -> None:
        store.put(document("x", points=1))
        store.put(document("x", "2", points=2))
        assert store.get("a", "x") == document("x", "2", points=2)
        assert store.count("a", "chunk") == 1

    def test_headers_come_in_order_and_by_kind(self, store: MetricStore) -> None:
        for number in (10, 2, 7):
            store.add(document(f"x{number}", f"{number:08d}", points=number))
        store.add(document("y", kind="series"))
        assert store.headers("a", "chunk") == [(f"x{n}", {"name": f"x{n}", "points": n}) for n in (2, 7, 10)]
        assert (store.count("a", "chunk"), store.count("a", "series")) == (3, 1)

    def test_there_may_be_many(self, store: MetricStore) -> None:
        for number in range(130):
            store.add(document(f"x{number}", f"{number:08d}", points=1))
        assert [id for id, _ in store.headers("a", "chunk")] == [f"x{number}" for number in range(130)]
        assert store.count("a", "chunk") == 130

    def test_runs_are_kept_apart(self, store: MetricStore) -> None:
        store.add(document("x", points=1))
        store.add(document("x", run="b", points=2))
        assert store.get("b", "x") == document("x", run="b", points=2)
        assert store.count("a", "chunk") == 1
        assert len(store.headers("b", "chunk")) == 1

    def test_any_id_is_kept_apart_from_any_other(self, store: MetricStore) -> None:
        for id in AWKWARD:
            assert store.add(document(id, order=id))
        assert [store.get("a", id) for id in AWKWARD] == [document(id, order=id) for id in AWKWARD]
        assert sorted(id for id, _ in store.headers("a", "chunk")) == sorted(AWKWARD)

    def test_a_document_just_below_the_limit_survives(self, store: MetricStore) -> None:
        large = MetricDocument("a", "x", "series", "1", {}, {"values": "x" * 1_900_000})
        store.put(large)
        assert store.get("a", "x") == large
