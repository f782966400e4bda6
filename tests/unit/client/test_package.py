"""What ``import runspoor`` needs."""

import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[3] / "client"


def test_a_script_that_only_logs_needs_no_http_client() -> None:
    code = f"import sys; sys.path.insert(0, {str(PACKAGE)!r}); import runspoor; runspoor.log('a', 1); runspoor.errors"
    done = subprocess.run([sys.executable, "-S", "-I", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_http_client_is_loaded_at_first_use() -> None:
    code = ("import sys, runspoor; assert 'httpx' not in sys.modules; "
            "runspoor.Client; assert 'httpx' not in sys.modules; "
            "runspoor.Client('http://127.0.0.1:9/api'); assert 'httpx' in sys.modules")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
