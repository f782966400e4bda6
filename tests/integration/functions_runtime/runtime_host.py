"""``python runtime_host.py APP_DIR``: the real azure-functions-runtime around a function app, driven over pipes.

The runtime is the engine Azure runs functions with. It takes its ``protos`` module by injection and its contract with
the host is five coroutines, so plain objects stand for the messages. One JSON document a line: first the host prints
``{"functions": [...]}`` or ``{"error": ...}``, then it answers every ``{"function", "data", "metadata"}`` on standard
input with ``{"error"}`` or ``{"returned", "outputs"}``. Data is ``{kind: value}`` with the kinds of TypedData; bytes
are base64.
"""

import asyncio
import base64
import importlib
import json
import os
import sys
import types
import uuid
from collections.abc import Mapping
from typing import Protocol, cast


class Message:
    """Any message of the contract."""

    def __init__(self, **fields: object) -> None:
        self.__dict__.update(fields)


class TypedData(Message):
    """A value of one kind: string, bytes, json or http."""

    def WhichOneof(self, _: str) -> str | None:  # noqa: N802 - the name protobuf gives it
        return next(iter(self.__dict__), None)


class InputData(Message):
    """The value of one parameter."""

    def WhichOneof(self, _: str) -> str:  # noqa: N802 - the name protobuf gives it
        return "data"


class Protos(types.ModuleType):
    """The protos module: every message that is asked for exists."""

    TypedData = TypedData
    BindingInfo = type("BindingInfo", (Message,), {"in": 0, "out": 1, "inout": 2, "undefined": 0, "string": 1,
                                                   "binary": 2, "stream": 3})
    StatusResult = type("StatusResult", (Message,), {"Failure": 0, "Success": 1, "Cancelled": 2})

    def __getattr__(self, name: str) -> type[Message]:
        if name.startswith("__"):
            raise AttributeError(name)
        message = type(name, (Message,), {})
        setattr(self, name, message)
        return message


class Runtime(Protocol):
    """The part of azure_functions_runtime that a host calls."""

    def start_threadpool_executor(self) -> None: ...
    async def worker_init_request(self, request: Message) -> "Answer": ...
    async def functions_metadata_request(self, request: Message) -> "Answer": ...
    async def function_load_request(self, request: Message) -> "Answer": ...
    async def invocation_request(self, request: Message) -> "Answer": ...


class Answer(Protocol):
    """Any answer of the runtime."""

    result: "Result"
    function_metadata_results: "list[Metadata] | None"
    return_value: TypedData | None
    output_data: "list[Output]"


class Result(Protocol):
    status: int
    exception: "Failure"


class Failure(Protocol):
    message: str
    stack_trace: str


class Metadata(Protocol):
    name: str
    function_id: str


class Output(Protocol):
    name: str
    data: TypedData


class FailedError(Exception):
    """The runtime refused the app or a function."""


def request(name: str, **fields: object) -> Message:
    """A request of the contract."""
    properties = {"host": "127.0.0.1", "protos": Protos("protos")}
    return Message(name=name, request=Message(**{name: Message(**fields)}), properties=properties)


def checked(answer: Answer) -> Answer:
    """The answer, unless it says failure."""
    if answer.result.status != 1:
        raise FailedError(f"{answer.result.exception.message}\n{answer.result.exception.stack_trace}")
    return answer


async def load(runtime: Runtime, directory: str) -> dict[str, str]:
    """Index the app and load all its functions; their ids by name."""
    checked(await runtime.worker_init_request(
        request("worker_init_request", capabilities={}, function_app_directory=directory)))
    found = checked(await runtime.functions_metadata_request(request("functions_metadata_request")))
    functions = found.function_metadata_results or []
    for each in functions:
        checked(await runtime.function_load_request(
            request("function_load_request", function_id=each.function_id, metadata=each)))
    return {each.name: each.function_id for each in functions}


async def invoke(runtime: Runtime, function_id: str, data: Mapping[str, object],
                 metadata: Mapping[str, object]) -> dict[str, object]:
    """Run one function once; what it returned and what it put into its outputs."""
    answer = checked(await runtime.invocation_request(request(
        "invocation_request", invocation_id=str(uuid.uuid4()), function_id=function_id,
        input_data=[InputData(name=name, data=typed(value)) for name, value in data.items()],
        trigger_metadata={name: typed(value) for name, value in metadata.items()},
        trace_context=Message(trace_parent="", trace_state="", attributes={}),
        retry_context=Message(retry_count=0, max_retry_count=0, exception=None))))
    outputs = {each.name: plain(each.data) for each in answer.output_data}
    return {"returned": plain(answer.return_value), "outputs": outputs}


def typed(value: object) -> TypedData:
    """The TypedData of ``{kind: value}``."""
    assert isinstance(value, dict)
    ((kind, content),) = value.items()
    if kind == "http":
        return TypedData(http=Message(**{**content, "body": typed(content["body"])}))
    return TypedData(**{kind: base64.b64decode(content) if kind == "bytes" else content})


def plain(value: object) -> object:
    """What JSON can say of an answer."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Message):
        return {name: plain(each) for name, each in vars(value).items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


async def serve(directory: str, answers: int) -> None:
    """Load the app, then answer one invocation after the other until standard input ends."""
    def say(answer: Mapping[str, object]) -> None:
        os.write(answers, (json.dumps(answer) + "\n").encode())

    runtime = cast(Runtime, importlib.import_module("azure_functions_runtime"))
    runtime.start_threadpool_executor()
    try:
        functions = await load(runtime, directory)
    except FailedError as error:
        say({"error": str(error)})
        return
    say({"functions": sorted(functions)})
    while line := await asyncio.to_thread(sys.stdin.readline):
        asked = json.loads(line)
        try:
            say(await invoke(runtime, functions[asked["function"]], asked["data"], asked["metadata"]))
        except FailedError as error:
            say({"error": str(error)})


def main() -> None:
    # What functions print must not mix with the answers.
    answers = os.dup(1)
    os.dup2(2, 1)
    directory = os.path.abspath(sys.argv[1])
    sys.path[0] = directory
    asyncio.run(serve(directory, answers))
    os._exit(0)


if __name__ == "__main__":
    main()
