"""What every ``Reactions`` does. An adapter's test class inherits this and says how to make one and what it shows."""

from datetime import timedelta

import pytest

from shared.application.ports import Reactions


class ReactionsContract:
    """``make`` gives an empty queue; ``due`` takes out of it the streams that may be reacted to now."""

    def make(self) -> Reactions:
        raise NotImplementedError

    def due(self) -> list[str]:
        raise NotImplementedError

    @pytest.fixture
    def reactions(self) -> Reactions:
        return self.make()

    def test_nothing_is_asked_for_at_first(self, reactions: Reactions) -> None:
        assert self.due() == []

    def test_what_was_sent_is_due(self, reactions: Reactions) -> None:
        for stream in ("run-a", "compute-ü-1"):
            reactions.send(stream)
        assert sorted(self.due()) == ["compute-ü-1", "run-a"]

    def test_what_was_sent_twice_is_never_lost(self, reactions: Reactions) -> None:
        for _ in range(2):
            reactions.send("run-a")
        assert set(self.due()) == {"run-a"}

    @pytest.mark.parametrize("delay", [
        timedelta(milliseconds=1), timedelta(seconds=30), timedelta(days=7), timedelta(days=365)])
    def test_what_is_delayed_is_not_due_yet(self, reactions: Reactions, delay: timedelta) -> None:
        reactions.send("run-late", delay)
        reactions.send("run-now")
        assert self.due() == ["run-now"]
