"""``/_emulator/``: what to make go wrong, over HTTP and without a signature."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.batch import allocation
from local.batch.documents import Document, Key, enter, key
from local.batch.errors import BatchRefusal
from local.batch.faults import PlannedAnswer, Switch

if TYPE_CHECKING:
    from local.batch.emulator import Emulator

Act = Callable[[Request, "Emulator"], Awaitable[Document | None]]


def fault_routes(emulator: "Emulator") -> list[Route]:
    return [Route("/_emulator" + path, _endpoint(act, emulator), methods=[method]) for method, path, act in _ROUTES]


def _endpoint(act: Act, emulator: "Emulator") -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            answer = await act(request, emulator)
        except BatchRefusal as refusal:
            return JSONResponse(refusal.body, refusal.status)
        emulator.wake()
        return Response(status_code=204) if answer is None else JSONResponse(answer)

    return endpoint


async def _show(request: Request, emulator: "Emulator") -> Document:
    faults = emulator.faults
    return {
        "answers": [asdict(answer) for answer in faults.answers],
        "allocation_failures": {
            pool: {"code": code, "message": message} for pool, (code, message) in faults.allocation_failures.items()
        },
        **{name: sorted(switch) for name, switch in _switches(emulator).items()},
    }


async def _clear_all(request: Request, emulator: "Emulator") -> None:
    emulator.faults.answers.clear()
    emulator.faults.allocation_failures.clear()
    for switch in _switches(emulator).values():
        for pool in list(switch):
            switch.clear(pool)


def _switches(emulator: "Emulator") -> dict[str, Switch]:
    faults = emulator.faults
    return {
        "allocation-hold": faults.allocation_hold,
        "scheduling-hold": faults.scheduling_hold,
        "start-task-failure": faults.start_task_failure,
    }


def _switch(request: Request, emulator: "Emulator") -> Switch:
    name = request.path_params["switch"]
    if name not in _switches(emulator):
        raise BatchRefusal("InvalidUri", Request=request.url.path, Reason=f"Switches: {', '.join(_switches(emulator))}")
    return _switches(emulator)[name]


async def _set(request: Request, emulator: "Emulator") -> None:
    _switch(request, emulator).set(_pool(request)[0])


async def _clear(request: Request, emulator: "Emulator") -> None:
    _switch(request, emulator).clear(_pool(request)[0])


async def _fail_allocation(request: Request, emulator: "Emulator") -> None:
    body = await _json(request)
    code = str(body.get("code", "AllocationFailed"))
    message = str(body.get("message", "Desired number of nodes could not be allocated."))
    emulator.faults.allocation_failures[_pool(request)[0]] = (code, message)


async def _allow_allocation(request: Request, emulator: "Emulator") -> None:
    emulator.faults.allocation_failures.pop(_pool(request)[0], None)


async def _plan_answer(request: Request, emulator: "Emulator") -> None:
    body = {"method": "*", **await _json(request)}
    try:
        re.compile(str(body.get("path")))
        emulator.faults.answers.append(PlannedAnswer(**body))
    except (TypeError, re.error) as reason:
        names = ", ".join(field.name for field in fields(PlannedAnswer))
        raise BatchRefusal("InvalidRequestBody", Reason=f"{reason}. A planned answer has: {names}") from None


async def _forget_answers(request: Request, emulator: "Emulator") -> None:
    emulator.faults.answers.clear()


async def _lose(request: Request, emulator: "Emulator") -> None:
    node_key, node = _node(request, emulator)
    partitioned = request.query_params.get("leave_processes", "").lower() == "true"
    allocation.lose(emulator, node_key, leave_processes=partitioned)
    allocation.remove(emulator, node_key, node, keep_files=partitioned)
    allocation.restore(emulator, node_key[:1])


async def _preempt(request: Request, emulator: "Emulator") -> None:
    node_key, node = _node(request, emulator)
    allocation.lose(emulator, node_key)
    _put(emulator, node_key, enter(node, "preempted"))
    emulator.boots.begin(node_key)


async def _break(request: Request, emulator: "Emulator") -> None:
    node_key, node = _node(request, emulator)
    allocation.lose(emulator, node_key)
    emulator.boots.cancel(node_key)
    node["errors"] = [
        {"code": "NodeAgentUnreachable", "message": "The node was made unusable on request.", "errorDetails": []}
    ]
    _put(emulator, node_key, enter(node, "unusable"))


def _put(emulator: "Emulator", node_key: Key, node: Document) -> None:
    node.update(runningTasksCount=0, runningTaskSlotsCount=0)
    emulator.store.nodes.put(node_key, node)


def _pool(request: Request) -> Key:
    return key(request.path_params["pool"])


def _node(request: Request, emulator: "Emulator") -> tuple[Key, Document]:
    node_key = key(request.path_params["pool"], request.path_params["node"])
    if node := emulator.store.nodes.get(node_key):
        return node_key, node
    raise BatchRefusal("NodeNotFound", NodeId=node_key[1])


async def _json(request: Request) -> Document:
    try:
        body = await request.json() if await request.body() else {}
    except ValueError as reason:
        raise BatchRefusal("InvalidRequestBody", Reason=f"Not JSON: {reason}") from None
    if not isinstance(body, dict):
        raise BatchRefusal("InvalidRequestBody", Reason="The body must be a JSON object.")
    return body


_ROUTES: tuple[tuple[str, str, Act], ...] = (
    ("GET", "/faults", _show),
    ("DELETE", "/faults", _clear_all),
    ("POST", "/answers", _plan_answer),
    ("DELETE", "/answers", _forget_answers),
    ("PUT", "/pools/{pool}/allocation-failure", _fail_allocation),
    ("DELETE", "/pools/{pool}/allocation-failure", _allow_allocation),
    ("PUT", "/pools/{pool}/{switch}", _set),
    ("DELETE", "/pools/{pool}/{switch}", _clear),
    ("POST", "/pools/{pool}/nodes/{node}/lose", _lose),
    ("POST", "/pools/{pool}/nodes/{node}/preempt", _preempt),
    ("POST", "/pools/{pool}/nodes/{node}/break", _break),
)
