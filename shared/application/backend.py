"""The ports of one deployment together, and the loop by which a command becomes a commit."""

import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar, cast

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from shared.application.data_ports import Datastores, Secrets
from shared.application.ports import (
    Blobs,
    Clock,
    Commit,
    Compute,
    EventStore,
    MetricStore,
    Reactions,
    VersionConflict,
    ViewStore,
)
from shared.application.suggestions import Suggestions
from shared.application.tokens import Tokens
from shared.domain.decider import Decider
from shared.domain.ids import split_stream
from shared.domain.value import Value

State = TypeVar("State")
Command = TypeVar("Command")
Event = TypeVar("Event")

AGAIN = Retrying(
    retry=retry_if_exception_type(VersionConflict), stop=stop_after_attempt(20),
    wait=wait_random_exponential(multiplier=0.01, max=0.3), reraise=True,
)
"""Writers of one stream in one moment: a caller or two, the node, the reconciler, and redeliveries of each."""


class Contention(Exception):
    """Too many writers changed the same thing at once: nothing was written; send the request again."""


@dataclass(frozen=True)
class Backend:
    """Everything a use case may touch."""

    events: EventStore
    views: ViewStore
    metrics: MetricStore
    blobs: Blobs
    reactions: Reactions
    compute: Compute
    datastores: Datastores
    secrets: Secrets
    suggestions: Suggestions
    tokens: Tokens
    clock: Clock
    runner: bytes
    """The runner zipapp that nodes fetch."""
    public_url: str
    """Where nodes reach the HTTP API, without a slash at the end."""
    report_patience: timedelta = timedelta(minutes=2)


@dataclass(frozen=True)
class Cause:
    """Who wants something and what made them: written into the commit.

    With a ``command_id``, a command of that id changes a stream once; without, it is new each time it is sent.
    """

    actor: str
    by: str
    command_id: str | None = None


def load(backend: Backend, decider: Decider[State, Command, Event], stream: str, until: int | None = None) -> State:
    """The state of ``stream``: now, or as it was when it had ``until`` events."""
    return _fold(decider, stream, backend.events.read(stream), until)


def transact(
    backend: Backend, decider: Decider[State, Command, Event], stream: str, command: Command, cause: Cause
) -> tuple[State, bool]:
    """Decide, and append what was decided. Returns the state afterwards, and whether anything was written.

    A conflict means that somebody else was faster: read again, decide again. A lost answer to our own append is the
    same case: the commit is then found by its command id.
    """
    identified = replace(cause, command_id=cause.command_id or uuid.uuid4().hex)
    try:
        return AGAIN(_transact, backend, decider, stream, command, identified)
    except VersionConflict:
        raise Contention(f"{stream} was changed by too many others at once: send the request again.") from None


def _transact(
    backend: Backend, decider: Decider[State, Command, Event], stream: str, command: Command, cause: Cause
) -> tuple[State, bool]:
    commits = backend.events.read(stream)
    state = _fold(decider, stream, commits)
    if any(commit.command_id == cause.command_id for commit in commits):
        return state, False
    events = decider.decide(state, command)
    if not events:
        return state, False
    commit = Commit(
        stream, commits[-1].next if commits else 0, backend.clock(), cause.command_id or "", cause.actor, cause.by,
        cast("list[Value]", events),
    )
    backend.events.append(commit)
    return _fold(decider, stream, [*commits, commit]), True


def _fold(
    decider: Decider[State, Command, Event], stream: str, commits: list[Commit], until: int | None = None
) -> State:
    history = [(cast("Event", event), commit.at) for commit in commits for event in commit.events]
    return decider.fold(split_stream(stream)[1], history[:until])
