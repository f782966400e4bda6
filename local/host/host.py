"""The host of one app: its functions, what starts them, and the web application in front of them."""

import asyncio
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.host import app, host_json, keys
from local.host.admin import Admin
from local.host.connections import Connections
from local.host.http_trigger import METHODS, HttpTriggers
from local.host.invocation import Invoker
from local.host.listeners import build_listeners
from local.host.listening import Listener
from local.host.outputs import Outputs
from local.host.settings import Settings

log = logging.getLogger("runspoor.host")
_IO_THREADS = 48
_DRAIN = 5.0  # seconds that running functions have to end when the host stops
_HOST_ID = "AzureFunctionsWebHost__hostid"


def build(directory: Path, settings: Settings, state: Path, threads: int) -> Starlette:
    """The web application that runs the app in ``directory``. Raises ConfigurationError when it cannot be run.

    ``state`` keeps the schedules of timers; ``threads`` is how many sync functions run at once.
    """
    options = host_json.read(directory)
    functions = app.load(directory, settings)
    connections = Connections(settings)
    invoker = Invoker(threads, options.function_timeout, str(directory),
                      Outputs(connections, options.queues.message_encoding))
    host_id = settings.get(_HOST_ID) or "local"
    listeners = build_listeners(functions, options, connections, settings, state, host_id, invoker)
    known = keys.from_settings(settings)
    if not known.function:
        log.warning("RUNSPOOR_KEY is not set: only anonymous functions can be called")
    http = HttpTriggers([each for each in functions if each.trigger.type == "httpTrigger"], options.route_prefix, known,
                        invoker)
    admin = Admin(functions, listeners, known, host_id)
    return Starlette(routes=[*admin.routes, _everything_else(http)], lifespan=lambda _: _listening(listeners, invoker))


def _everything_else(http: HttpTriggers) -> Route:
    async def answer(request: Request) -> Response:
        return await http.answer(request)
    return Route("/{path:path}", answer, methods=list(METHODS))


@asynccontextmanager
async def _listening(listeners: list[Listener], invoker: Invoker) -> AsyncIterator[None]:
    """Listen for as long as the web application runs; then let what runs end, for a few seconds."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_IO_THREADS, "io"))
    stop = asyncio.Event()
    tasks = [asyncio.create_task(each.listen(stop)) for each in listeners]
    for task in tasks:
        task.add_done_callback(_report_death)
    yield
    stop.set()
    invoker.wrote.ring()
    invoker.sent.ring()
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=_DRAIN)
        for task in late:
            task.cancel()


def _report_death(task: asyncio.Task[None]) -> None:
    """A listener ends only when told to; anything else is a fault of this host and must be seen."""
    if not task.cancelled() and (error := task.exception()):
        log.critical("a listener died", exc_info=error)
