"""One server of the local system as a child process: started, ready, stopped, and never left behind."""

import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

START_SECONDS = 60.0
STOP_SECONDS = 10.0


class ServerFailed(RuntimeError):
    """A server did not start; the text has its last words."""


class ServerProcess:
    """``python -m MODULE ARGUMENTS --watch-stdin``, running from construction until ``stop``.

    It prints ``ready URL`` when it accepts connections, and ends by itself when this process is gone. What it writes
    to standard error goes to ``log``.
    """

    def __init__(self, module: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.module = module
        self._log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments, "--watch-stdin"], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=errors, env=environment, start_new_session=True, text=True,
            )
        self.pid = self._process.pid
        self.url = ""
        self._settled = threading.Event()
        self._reader = threading.Thread(target=self._listen, name=f"{module}-output", daemon=True)
        self._reader.start()

    def wait_until_ready(self) -> str:
        """The server's URL; raises ``ServerFailed`` when it ends or stays silent."""
        if not self._settled.wait(START_SECONDS) or not self.url:
            self.stop()
            words = self._log.read_text(errors="replace").strip().splitlines()[-15:]
            raise ServerFailed(f"{self.module} did not start; the end of {self._log}:\n" + "\n".join(words))
        return self.url

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """End it the hard way, as a crash would."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Ask it to end, and end it if it does not."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._reader.join()
        if self._process.stdin:
            self._process.stdin.close()

    def _listen(self) -> None:
        assert self._process.stdout
        with self._process.stdout as output:
            for line in output:
                if line.startswith("ready "):
                    self.url = line.split()[1]
                    self._settled.set()
        self._settled.set()
