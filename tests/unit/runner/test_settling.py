"""What of a growing folder is uploaded when."""

from runner.settings import OUTPUT_SETTLED_SECONDS
from runner.settling import RESTLESS_BYTES, RESTLESS_LOOKS, Settling, Stamp

NOW = 10**18
OLD, YOUNG = NOW - int(OUTPUT_SETTLED_SECONDS * 1e9), NOW


def test_a_file_is_due_once_it_rests() -> None:
    settling, files = Settling(), {"a": (1, OLD), "young": (1, YOUNG)}
    assert settling.due(files, {}, NOW) == set(), "seen once, its time of change may have been set"
    assert settling.due(files, {}, NOW) == {"a"}
    assert settling.due({"a": (2, OLD)}, {}, NOW) == set()
    assert settling.due({"a": (2, OLD)}, {"a": (2, OLD)}, NOW) == set()


def test_what_was_renamed_is_due_at_once() -> None:
    assert Settling().due({"new": (1, YOUNG), "other": (2, YOUNG)}, {"old": (1, YOUNG)}, NOW) == {"new"}
    assert Settling().due({"copy": (1, YOUNG), "old": (1, YOUNG)}, {"old": (1, YOUNG)}, NOW) == set()


def test_what_never_rests_is_due_now_and_then_unless_it_is_large() -> None:
    settling, stored, sent = Settling(), dict[str, Stamp](), []
    for look in range(2 * RESTLESS_LOOKS + 1):
        log: Stamp = (look, NOW + look)
        if "log" in settling.due({"log": log, "large": (RESTLESS_BYTES + 1, NOW + look)}, stored, NOW + look):
            stored["log"] = log
            sent.append(look)
    assert sent == [RESTLESS_LOOKS - 1, 2 * RESTLESS_LOOKS - 1]
    assert "large" not in stored
