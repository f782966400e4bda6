"""Queue: react to a stream. What fails five times is said where people look, and left to the reconciler."""

import json

import azure.functions as func

from function_app import wiring
from shared.application.backend import Cause
from shared.application.react import react, report_failure
from shared.settings import REACTIONS_QUEUE, STORAGE

bp = func.Blueprint()
CAUSE = ("system/reactions", "queue:reactions")


def _stream(message: func.QueueMessage) -> str:
    return str(json.loads(message.get_body())["stream"])


@bp.function_name("react_to_stream")
@bp.queue_trigger(arg_name="message", queue_name=REACTIONS_QUEUE, connection=STORAGE)
def react_to_stream(message: func.QueueMessage) -> None:
    react(wiring.backend(), _stream(message), Cause(*CAUSE))


@bp.function_name("report_poison")
@bp.queue_trigger(arg_name="message", queue_name=f"{REACTIONS_QUEUE}-poison", connection=STORAGE)
def report_poison(message: func.QueueMessage) -> None:
    report_failure(wiring.backend(), _stream(message), Cause(*CAUSE))
