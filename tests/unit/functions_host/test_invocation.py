"""Who is told that a function has run."""

import asyncio

import pytest

from local.host.app import Binding, Function
from local.host.connections import Connections
from local.host.invocation import FunctionFailedError, Invoker
from local.host.outputs import Outputs
from local.host.settings import Settings

TO_QUEUE = Binding("queue", "out", "out", {"queueName": "q"})


def rung(trigger: str, *outputs: Binding, fails: bool = False, **fields: object) -> tuple[bool, bool]:
    """Run a function; whether readers of feeds and of queues are told."""

    def call(**given: object) -> None:
        if fails:
            raise ValueError

    async def run() -> tuple[bool, bool]:
        invoker = Invoker(1, None, ".", Outputs(Connections(Settings({})), "base64"))
        feeds, queues = invoker.wrote.next, invoker.sent.next
        function = Function("f", call, Binding(trigger, "given", "in", fields), outputs, None, wants_context=False)
        if fails:
            with pytest.raises(FunctionFailedError):
                await invoker.run(function, None)
        else:
            await invoker.run(function, None)
        return feeds.is_set(), queues.is_set()

    return asyncio.run(run())


@pytest.mark.parametrize("trigger", ["cosmosDBTrigger", "queueTrigger", "blobTrigger", "timerTrigger"])
@pytest.mark.parametrize("fails", [False, True])
def test_what_a_trigger_has_started_may_have_left_anything(trigger: str, fails: bool) -> None:
    assert rung(trigger, fails=fails) == (True, True), "also before it failed"


def test_what_a_caller_has_started_writes_and_sends_only_as_it_says() -> None:
    assert rung("httpTrigger", methods=["POST"]) == (True, False)
    assert rung("httpTrigger") == (True, False)
    assert rung("httpTrigger", TO_QUEUE, methods=["POST"]) == (True, True)
    assert rung("httpTrigger", methods=["GET"]) == (False, False)
