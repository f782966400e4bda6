"""Queue functions: one whose fate the message decides, and one that sends on what it gets."""

import time

import azure.functions as func

from .journal import note

bp = func.Blueprint()


@bp.queue_trigger(arg_name="message", queue_name="work-%SPACE%", connection="Storage")
def work(message: func.QueueMessage) -> None:
    text = message.get_body().decode()
    note(function="work", body=text, id=message.id, dequeue_count=message.dequeue_count, stage="begun",
         inserted=str(message.insertion_time), receipt=bool(message.pop_receipt))
    verb, _, amount = text.partition(":")
    if verb == "sleep":
        time.sleep(float(amount))
    if verb == "fail" and (message.dequeue_count or 0) <= int(amount):
        raise RuntimeError("as told")
    note(function="work", body=text, dequeue_count=message.dequeue_count, stage="done")


@bp.queue_trigger(arg_name="message", queue_name="relay-%SPACE%", connection="AzureWebJobsStorage")
@bp.queue_output(arg_name="$return", queue_name="work-%SPACE%", connection="Storage")
async def relay(message: func.QueueMessage) -> bytes:
    return b"relayed " + message.get_body()
