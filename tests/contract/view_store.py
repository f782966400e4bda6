"""What every ``ViewStore`` does. An adapter's test class inherits this and says how to make one."""

from dataclasses import replace

import pytest

from shared.application.ports import VersionConflict, View, ViewStore, Where

AWKWARD = ["a/b", "a\\b", "a?b", "a#b", "a%2Fb", "a~2fb", "a b ", "数据 🦊", "x" * 255, "'; --", "a\"b"]


def view(id: str, sort: str = "1", **body: object) -> View:
    return View("run", id, sort, body)


class ViewStoreContract:
    """``make`` gives an empty store."""

    def make(self) -> ViewStore:
        raise NotImplementedError

    @pytest.fixture
    def store(self) -> ViewStore:
        return self.make()

    def test_what_nobody_wrote_is_not_there(self, store: ViewStore) -> None:
        assert store.get("run", "a") is None

    def test_what_was_written_is_read(self, store: ViewStore) -> None:
        written = view("a", "2026", experiment="digits", nested={"list": [1, 2.5, None, True]}, text="ß")
        store.put(written)
        read = store.get("run", "a")
        assert read
        assert read.etag
        assert replace(read, etag=None) == written

    def test_a_changed_view_replaces_the_one_that_was_read(self, store: ViewStore) -> None:
        store.put(view("a", "1", status="Queued"))
        read = store.get("run", "a")
        assert read
        store.put(replace(read, sort="2", body={"status": "Running"}))
        now = store.get("run", "a")
        assert now
        assert (now.sort, now.body) == ("2", {"status": "Running"})
        assert now.etag != read.etag

    def test_a_view_somebody_else_changed_is_not_overwritten(self, store: ViewStore) -> None:
        store.put(view("a", status="Queued"))
        read = store.get("run", "a")
        assert read
        store.put(replace(read, body={"status": "Running"}))
        with pytest.raises(VersionConflict):
            store.put(replace(read, body={"status": "Failed"}))
        now = store.get("run", "a")
        assert now
        assert now.body == {"status": "Running"}

    def test_a_new_view_must_be_new(self, store: ViewStore) -> None:
        store.put(view("a", status="Queued"))
        with pytest.raises(VersionConflict):
            store.put(view("a", status="Failed"))

    def test_a_view_that_was_dropped_meanwhile_is_not_brought_back(self, store: ViewStore) -> None:
        store.put(view("a"))
        read = store.get("run", "a")
        assert read
        store.clear("run")
        with pytest.raises(VersionConflict):
            store.put(read)
        assert store.get("run", "a") is None

    def test_any_id_is_kept_apart_from_any_other(self, store: ViewStore) -> None:
        for id in AWKWARD:
            store.put(view(id, sort=id, of=id))
        for id in AWKWARD:
            read = store.get("run", id)
            assert read
            assert (read.id, read.body) == (id, {"of": id})
            store.put(read)
        assert sorted(one.id for one in store.page("run", {}, 100, None)) == sorted(AWKWARD)

    def test_a_page_is_newest_first_and_continues(self, store: ViewStore) -> None:
        for number in range(7):
            store.put(view(f"r{number}", f"2026-{number}"))
        first = store.page("run", {}, 3, None)
        second = store.page("run", {}, 3, first[-1].sort)
        third = store.page("run", {}, 3, second[-1].sort)
        assert [[one.id for one in page] for page in (first, second, third)] == [
            ["r6", "r5", "r4"], ["r3", "r2", "r1"], ["r0"]]
        assert store.page("run", {}, 3, third[-1].sort) == []

    @pytest.mark.parametrize(("where", "found"), [
        ({"experiment": "digits"}, ["r4", "r2", "r0"]),
        ({"status": "Failed"}, ["r5", "r4", "r3"]),
        ({"experiment": "digits", "status": "Failed"}, ["r4"]),
        ({"compute_target": "cpu", "experiment": "digits", "status": "Failed"}, ["r4"]),
        ({"archived": True}, ["r5", "r0"]),
        ({"archived": False}, ["r4", "r3", "r2", "r1"]),
        ({"other": "x"}, ["r1"]),
        ({"other": "x", "status": "Failed"}, []),
        ({"absent": "x"}, []),
        ({"experiment": "' OR 1=1 --"}, []),
        ({"labels": ("even",)}, ["r4", "r2", "r0"]),
        ({"labels": ("even", "n=4")}, ["r4"]),
        ({"labels": ("even", "n=3")}, []),
        ({"labels": ("eve",)}, []),
        ({"labels": ("even",), "status": "Queued"}, ["r2", "r0"]),
        ({"compute_target": ("cpu",)}, []),
        ({"absent": ("even",)}, []),
        ({"n": frozenset(("0", "3", "4", "none"))}, ["r4", "r3", "r0"]),
        ({"n": frozenset(("0", "3", "4")), "status": frozenset(("Failed",))}, ["r4", "r3"]),
        ({"n": frozenset(map(str, range(400))), "experiment": "digits"}, ["r4", "r2", "r0"]),
        ({"n": frozenset()}, []),
        ({"labels": frozenset(("even",))}, []),
    ])
    def test_a_page_has_only_what_it_was_asked_for(
        self, store: ViewStore, where: Where, found: list[str]
    ) -> None:
        for number in range(6):
            store.put(view(
                f"r{number}", str(number), experiment="other" if number % 2 else "digits",
                status="Failed" if number >= 3 else "Queued", archived=number in (0, 5), compute_target="cpu",
                labels=["odd" if number % 2 else "even", f"n={number}"], n=str(number),
                **({"other": "x"} if number == 1 else {})))
        assert [one.id for one in store.page("run", where, 10, None)] == found
        assert [one.id for one in store.page("run", where, 10, "3")] == [id for id in found if id < "r3"]
        assert [one.id for one in store.page("run", where, 1, None)] == found[:1]

    def test_kinds_are_kept_apart(self, store: ViewStore) -> None:
        store.put(view("a"))
        store.put(View("experiment", "a", "1", {"name": "a"}))
        store.clear("run")
        assert store.page("run", {}, 10, None) == []
        assert store.get("run", "a") is None
        assert [one.body for one in store.page("experiment", {}, 10, None)] == [{"name": "a"}]

    def test_clearing_what_is_empty_does_nothing(self, store: ViewStore) -> None:
        store.clear("run")
        assert store.page("run", {}, 10, None) == []
