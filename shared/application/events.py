"""What happened to a run, event by event."""

from shared.application.backend import Backend
from shared.application.codec import describe
from shared.contract.responses import EventModel, Page
from shared.domain.ids import run_stream
from shared.domain.run import unknown


def page(backend: Backend, run_id: str, after: int, limit: int) -> Page[EventModel]:
    """At most ``limit`` events from version ``after``; ``next`` is the version to go on from."""
    commits = backend.events.read(run_stream(run_id))
    if not commits:
        raise unknown(run_id)
    news = [commit for commit in commits if commit.next > after]
    found = [EventModel.model_validate(event) for commit in news for event in describe(commit)]
    behind = [event for event in found if event.version >= after]
    return Page(value=behind[:limit], next=str(behind[limit].version) if len(behind) > limit else None)
