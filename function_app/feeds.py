"""The change feed of events: once for the views, once for the reactions, so that neither can hold up the other."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import time
from typing import cast

import azure.functions as func
from pydantic import ValidationError

from function_app import wiring
from shared.application.codec import from_document
from shared.application.ports import Commit
from shared.application.project import project
from shared.application.react import call_for_reactions
from shared.settings import COSMOS, DATABASE

bp = func.Blueprint()
log = logging.getLogger(__name__)

Feed = Callable[[func.DocumentList], None]


def feed(name: str, leases: str) -> Callable[[Feed], Feed]:
    """Bind a function to the feed of events, with leases of its own.

    The retry policy never gives up: without one the trigger skips a batch that failed, and its events are never seen.
    """

    def decorate(function: Feed) -> Feed:
        source = bp.cosmos_db_trigger(
            arg_name="documents", container_name="events", database_name=DATABASE, connection=COSMOS,
            lease_container_name="leases", lease_container_prefix=leases,
            start_from_beginning=cast("time", True),  # annotated as a time, but the host expects a boolean
            create_lease_container_if_not_exists=False, max_items_per_invocation=100,
        )
        retry = bp.retry(strategy="exponential_backoff", max_retry_count="-1", minimum_interval="00:00:01",
                         maximum_interval="00:00:30")
        bp.function_name(name)(source(retry(function)))
        return function

    return decorate


@feed("project_events", leases="views")
def project_events(documents: func.DocumentList) -> None:
    project(wiring.backend(), _commits(documents))


@feed("call_reactions", leases="reactions")
def call_reactions(documents: func.DocumentList) -> None:
    call_for_reactions(wiring.backend(), _commits(documents))


def _commits(documents: func.DocumentList) -> Iterator[Commit]:
    """The commits of a batch. One that cannot be read must not hold up the feed; one that is too new must."""
    for document in documents:
        body = json.loads(document.to_json())
        try:
            yield from_document(body)
        except (KeyError, TypeError, ValueError, ValidationError) as error:
            # The error's text would quote the commit, and with it the variables of a user's environment.
            log.error("A damaged commit is passed over: %s of %s (%s)", body.get("id"), body.get("stream"),
                      type(error).__name__)
