"""HTTP functions: every form of route, level of authorization and kind of answer."""

import asyncio
import json
import time
from typing import List  # noqa: UP035 - the worker does not read list[str]

import azure.functions as func

bp = func.Blueprint()
ANONYMOUS = func.AuthLevel.ANONYMOUS


def _echo(req: func.HttpRequest) -> func.HttpResponse:
    seen = {"method": req.method, "url": req.url, "route": dict(req.route_params), "params": dict(req.params),
            "headers": dict(req.headers), "length": len(req.get_body())}
    return func.HttpResponse(json.dumps(seen), mimetype="application/json")


@bp.route("echo/{name}", auth_level=ANONYMOUS)
def echo(req: func.HttpRequest) -> func.HttpResponse:
    return _echo(req)


@bp.route("numbers/{n:int}/{rest?}", methods=["GET"], auth_level=ANONYMOUS)
def numbers(req: func.HttpRequest) -> func.HttpResponse:
    return _echo(req)


@bp.route("files/{*path}", methods=["GET", "PUT"], auth_level=ANONYMOUS)
async def files(req: func.HttpRequest) -> func.HttpResponse:
    await asyncio.sleep(0)
    return _echo(req)


@bp.route("files/special", methods=["GET"], auth_level=ANONYMOUS)
def special(req: func.HttpRequest) -> str:
    return "special"


@bp.route("body", methods=["POST"], auth_level=ANONYMOUS)
def body(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.get_body(), mimetype="application/octet-stream", status_code=201)


@bp.route("headers", methods=["GET", "HEAD"], auth_level=ANONYMOUS)
def headers(req: func.HttpRequest) -> func.HttpResponse:
    answer = func.HttpResponse("héllo", headers={"X-Mixed-Case": "Yes"})
    answer.headers.add("Set-Cookie", "a=1")
    answer.headers.add("Set-Cookie", "b=2")
    return answer


@bp.route("nothing", methods=["DELETE"], auth_level=ANONYMOUS)
def nothing(req: func.HttpRequest):  # type: ignore[no-untyped-def]  # the worker takes no annotation "-> None" here
    return None


@bp.route("guarded", methods=["GET"])
def guarded(req: func.HttpRequest) -> str:
    return "in"


@bp.route("administered", methods=["GET"], auth_level=func.AuthLevel.ADMIN)
def administered(req: func.HttpRequest) -> str:
    return "in"


@bp.route("broken", auth_level=ANONYMOUS)
def broken(req: func.HttpRequest) -> str:
    raise RuntimeError("the secret of the trace")


@bp.route("exits", auth_level=ANONYMOUS)
def exits(req: func.HttpRequest) -> str:
    raise SystemExit(3)


@bp.route("wrong", auth_level=ANONYMOUS)
def wrong(req: func.HttpRequest):  # type: ignore[no-untyped-def]  # an annotation would be refused at load
    return 7


@bp.route("context", auth_level=ANONYMOUS)
def in_context(req: func.HttpRequest, context: func.Context) -> str:
    return json.dumps({"name": context.function_name, "id": context.invocation_id,
                       "retry": context.retry_context.retry_count, "directory": context.function_directory})


@bp.route("slow", auth_level=ANONYMOUS)
def slow(req: func.HttpRequest) -> str:
    time.sleep(float(req.params["seconds"]))
    return "done"


@bp.route("send", methods=["POST"], auth_level=ANONYMOUS)
@bp.queue_output(arg_name="out", queue_name="work-%SPACE%", connection="Storage")
def send(req: func.HttpRequest, out: func.Out[List[str]]) -> str:  # noqa: UP006
    out.set(req.get_json())
    return "sent"
