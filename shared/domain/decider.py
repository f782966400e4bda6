"""A decider is three things: the state nobody has touched, what a command decides, and what an event adds up to."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

State = TypeVar("State")
Command = TypeVar("Command")
Event = TypeVar("Event")


@dataclass(frozen=True)
class Decider(Generic[State, Command, Event]):
    """``decide`` answers ``[]`` when what the command asks is already so: every command may be sent twice.

    ``evolve`` never refuses: what happened, happened. It is given the time of the event's commit.
    """

    initial: Callable[[str], State]
    decide: Callable[[State, Command], list[Event]]
    evolve: Callable[[State, Event, datetime], State]

    def fold(self, subject: str, history: Iterable[tuple[Event, datetime]]) -> State:
        """What the events of ``subject`` add up to, oldest first."""
        state = self.initial(subject)
        for event, at in history:
            state = self.evolve(state, event, at)
        return state
