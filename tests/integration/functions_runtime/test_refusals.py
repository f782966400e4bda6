"""What Azure's own runtime refuses to load, the local host refuses too, and not first in Azure."""

from pathlib import Path

import pytest

from local.host.app import index
from local.host.settings import ConfigurationError, Settings
from tests.integration.functions_runtime.runtime import FunctionFailedError, FunctionsRuntime

HEAD = "import azure.functions as func\napp = func.FunctionApp()\n"
REFUSED = [
    "@app.route('x')\ndef x(req: func.HttpRequest) -> None: ...",
    "@app.route('x')\ndef x(req: func.HttpRequest) -> int: return 1",
    "@app.route('x')\ndef x(req: func.HttpRequest, more: str) -> str: return more",
    "@app.route('x')\ndef x() -> str: return ''",
    "@app.route('x')\n@app.queue_output('out', 'q', 'Storage')\n"
    "def x(req: func.HttpRequest, out: func.Out[list[str]]) -> str: return ''",
    "@app.route('x')\n@app.queue_output('out', 'q', 'Storage')\n"
    "def x(req: func.HttpRequest, out: str) -> str: return ''",
    "@app.blob_trigger('blob', 'c/{name}', 'Storage')\ndef x(blob: func.InputStream, name: str) -> None: ...",
    "@app.timer_trigger('timer', '0 0 0 1 1 *')\n@app.retry(strategy='fixed_delay', max_retry_count='1',\n"
    "           delay_interval='00:00:00.5')\ndef x(timer: func.TimerRequest) -> None: ...",
]


@pytest.mark.parametrize("declaration", REFUSED)
def test_the_runtime_refuses(tmp_path: Path, declaration: str) -> None:
    (tmp_path / "function_app.py").write_text(HEAD + declaration + "\n")
    with pytest.raises(FunctionFailedError):
        FunctionsRuntime(tmp_path, {})


@pytest.mark.parametrize("declaration", REFUSED)
def test_the_local_host_refuses(declaration: str) -> None:
    module: dict[str, object] = {}
    exec(HEAD + declaration, module)
    (declared,) = module["app"].get_functions()  # type: ignore[attr-defined]  # the module is made of text
    with pytest.raises(ConfigurationError, match="function x: "):
        index(declared, Settings({}))
