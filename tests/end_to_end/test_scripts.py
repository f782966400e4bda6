"""Scripts that go wrong, loudly and quietly: how the run ends, what it says, and what is kept."""

import json
import re
from pathlib import Path

import httpx
import pytest
from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential

from local.system import BATCH_KEY, System
from tests.end_to_end.api import Api

STD_LOG = "user_logs/std_log.txt"
Run = dict[str, object]


def ended(api: Api, script: str, **settings: object) -> Run:
    """The run of a script that leaves an output first, once it has ended."""
    kept = "import os, sys\nopen('outputs/kept.txt', 'w').write('kept')\n"
    return api.wait(api.submit(kept + script, key=None, **settings))


def commanded(api: Api, command: list[str]) -> Run:
    """The run of a command of an otherwise empty snapshot, once it has ended."""
    snapshot = api.snapshot({"train.py": ""})
    body = {"experiment": "tests", "snapshot_id": snapshot, "compute_target": "cpu", "command": command}
    answer = api.http.post("runs", json=body)
    assert answer.status_code == 201, answer.text
    return api.wait(answer.json()["run_id"])


def log_of(api: Api, run: Run, name: str = STD_LOG) -> bytes:
    """A whole log, in as many reads as it takes."""
    text, offset = bytearray(), "0"
    while True:
        answer = api.http.get(f"runs/{run['run_id']}/logs/{name}", params={"offset": offset})
        assert answer.status_code == 200, answer.text
        text += answer.content
        offset = answer.headers["x-runspoor-next-offset"]
        if answer.headers["x-runspoor-complete"] == "true":
            return bytes(text)


def files_of(api: Api, run: Run, prefix: str = "outputs/") -> dict[str, int]:
    found: dict[str, int] = {}
    cursor: str | None = ""
    while cursor is not None:
        query: dict[str, str | int] = {"prefix": prefix, "limit": 100, **({"cursor": cursor} if cursor else {})}
        page = api.http.get(f"runs/{run['run_id']}/files", params=query).json()
        found |= {file["name"]: file["size"] for file in page["value"]}
        cursor = page["next"]
    return found


def reason_of(run: Run) -> tuple[str, str]:
    reason = run["reason"]
    assert isinstance(reason, dict)
    return reason["code"], reason["message"]


def last_lines(run: Run) -> list[str]:
    lines = run["last_lines"]
    assert isinstance(lines, list)
    return lines


def failed(run: Run, code: str, *words: str) -> None:
    """Assert that ``run`` failed for this reason, and that nothing was lost by it."""
    assert run["status"] == "Failed", run
    said, message = reason_of(run)
    assert said == code, message
    for word in words:
        assert word in message


BAD: dict[str, tuple[str, str, int | None, tuple[str, ...], str]] = {
    "exits with 3": ("print('bye'); sys.exit(3)", "ScriptFailed", 3, ("3",), "bye"),
    "raises": ("raise ValueError('too bad')", "ScriptFailed", 1, ("ValueError: too bad",), "ValueError: too bad"),
    "kills itself": ("import signal\nprint('now', flush=True)\nos.kill(os.getpid(), signal.SIGKILL)", "ScriptKilled",
                     None, ("SIGKILL",), "now"),
    "segmentation fault": ("import ctypes\nctypes.string_at(0)", "ScriptKilled", None, ("SIGSEGV",), ""),
    "no syntax": ("def (:", "ScriptFailed", 1, ("SyntaxError",), "SyntaxError: invalid syntax"),
    "no module": ("import nothing_of_the_kind", "ScriptFailed", 1, ("nothing_of_the_kind",), "ModuleNotFoundError"),
    "prints no text": ("os.write(1, b'\\xff\\xfe\\x00\\x1b[31m\\n')\nsys.exit(1)", "ScriptFailed", 1, ("1",), ""),
    "one endless line": ("print('x' * 1_000_000, end='')\nsys.exit(2)", "ScriptFailed", 2, ("2",), "xxx"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_script_that_fails(api: Api, case: str) -> None:
    script, code, exit_code, words, last = BAD[case]
    run = ended(api, script)
    failed(run, code, *words)
    assert run["exit_code"] == exit_code
    assert last in "\n".join(last_lines(run))
    no_syntax = case == "no syntax"  # not even the line that writes the output was run
    assert files_of(api, run) == ({} if no_syntax else {"outputs/kept.txt": 4})
    why = api.http.get(f"runs/{run['run_id']}/why").json()
    assert (why["status"], why["waiting_for"]) == ("Failed", "nothing")
    assert why["summary"] == reason_of(run)[1]


def test_100_megabytes_of_output(api: Api) -> None:
    script = "line = 'x' * 99 + '\\n'\nfor _ in range(1000): sys.stdout.write(line * 1000)\n" \
        "sys.stdout.write('last but one\\nlast\\n')\nsys.exit(4)"
    run = api.wait(api.submit("import sys\n" + script), seconds=100)
    failed(run, "ScriptFailed", "4")
    sizes = files_of(api, run, "user_logs/")
    assert sizes == {STD_LOG: 100_000_000 + 18}
    behind = api.http.get(f"runs/{run['run_id']}/logs/{STD_LOG}", params={"offset": 99_999_900})
    assert behind.text == "x" * 99 + "\n" + "last but one\nlast\n"
    assert last_lines(run)[-2:] == ["last but one", "last"]


def test_a_script_that_never_ends(api: Api) -> None:
    script = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('on and on', flush=True)\n" \
        "while True: time.sleep(1)"
    run = ended(api, script, max_run_duration_seconds=2, grace_seconds=1)
    assert run["status"] == "Canceled"
    code, message = reason_of(run)
    assert code == "TimeLimit"
    assert "2 s" in message
    assert last_lines(run) == ["on and on"]
    assert files_of(api, run) == {"outputs/kept.txt": 4}
    assert "2 s" in api.http.get(f"runs/{run['run_id']}/why").json()["summary"]


def test_a_daemon_that_outlives_its_script(api: Api) -> None:
    script = "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        import time\n" \
        "        open('outputs/pid.txt', 'w').write(str(os.getpid()))\n        time.sleep(600)\n    os._exit(0)\n" \
        "import time\nwhile not os.path.exists('outputs/pid.txt') or not open('outputs/pid.txt').read():\n" \
        "    time.sleep(.01)"
    run = ended(api, script)
    assert run["status"] == "Completed"
    link = api.http.get(f"runs/{run['run_id']}/files/outputs/pid.txt").json()["url"]
    assert not _lives(httpx.get(link).text)


def _lives(pid: str) -> bool:
    """Whether a process runs; a dead one that nobody has asked for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def test_300_outputs_with_odd_names(api: Api) -> None:
    names = [" ", "  a b  ", "ünï", "日本", "😀", "%2e%2e%2f", "a#b?c&d=e", "'\"`$(x)", "-rf", "~", "a" * 255, "e.",
             ".hidden", "<x>", "a+b", "a;b,c", "|*", "e\u0301", "\u00e9", "CON", "COM1", "deep/er/and/deeper/file"]
    names += [f"many/{number:03}" for number in range(300 - len(names))]
    script = f"for name in {names!r}:\n    path = 'outputs/odd/' + name\n" \
        "    os.makedirs(os.path.dirname(path), exist_ok=True)\n    open(path, 'w').write(name)\n"
    run = ended(api, script)
    assert run["status"] == "Completed", run
    found = files_of(api, run, "outputs/odd/")
    assert found == {f"outputs/odd/{name}": len(name.encode()) for name in names}
    for name in names[:22]:
        link = api.http.get(f"runs/{run['run_id']}/files/outputs/odd/{_quoted(name)}")
        assert httpx.get(link.json()["url"]).content == name.encode(), name


def _quoted(name: str) -> str:
    return "".join(f"%{byte:02X}" for byte in name.encode())


def test_outputs_no_blob_can_be_named_after(api: Api) -> None:
    names = [b"a\\b", b"a\nb", b"\xff\xfe", b"\x1b[31m", "a\u2028b".encode(), "\x85".encode(), b"fine"]
    script = f"for name in {names!r}: open(b'outputs/' + name, 'w').write('x')"
    run = ended(api, script)
    failed(run, "OutputsNotUploaded", "6")
    assert files_of(api, run) == {"outputs/fine": 1, "outputs/kept.txt": 4}


def test_a_script_that_deletes_its_own_folder(api: Api) -> None:
    run = api.wait(api.submit("import os, shutil\nprint('gone')\nshutil.rmtree(os.getcwd())\nprint('still here')"))
    assert run["status"] == "Completed", run
    assert log_of(api, run) == b"gone\nstill here\n"
    assert files_of(api, run) == {}


def test_an_interpreter_that_does_not_exist(api: Api) -> None:
    run = ended(api, "", environment={"python": "/opt/none/bin/python"})
    failed(run, "InterpreterNotFound", "/opt/none/bin/python", "environment.python")
    missing = commanded(api, ["./run.sh", "x"])
    failed(missing, "ScriptNotFound", "./run.sh", "train.py")


def test_30_megabytes_in_one_file(api: Api) -> None:
    run = ended(api, "open('outputs/large.bin', 'wb').write(b'0123456789abcdef' * (30 << 16))")
    assert run["status"] == "Completed"
    assert files_of(api, run) == {"outputs/kept.txt": 4, "outputs/large.bin": 30 << 20}
    link = api.http.get(f"runs/{run['run_id']}/files/outputs/large.bin").json()
    assert httpx.get(link["url"], headers={"Range": f"bytes={(30 << 20) - 16}-"}).content == b"0123456789abcdef"
    assert link["sha256"]


ARGUMENTS = ["", " ", "a b", "'", '"', "\\", "$HOME", "`id`", "$(id)", "; id", "&& id", "|", ">x", "*", "~", "-c", "--",
             "ünï 😀", "line\nbreak", "tab\t", "\r", "%PATH%", "{}", "a=b", "\x1b[0m"]


def test_arguments_and_variables_arrive_exactly(api: Api) -> None:
    variables = {f"V{number}": value for number, value in enumerate(ARGUMENTS)}
    variables |= {"Ünï": "x", "with space": "y", "PATH_EXTRA": "a:b"}
    script = "import json\nprint(json.dumps([sys.argv[1:], dict(os.environ)]))"
    run = ended(api, script, arguments=ARGUMENTS, environment={"variables": variables})
    arguments, environment = json.loads(log_of(api, run))
    assert arguments == ARGUMENTS
    assert {name: environment.get(name) for name in variables} == variables
    command = ["python", "-c", "import sys, json; print(json.dumps(sys.argv[1:]))", *ARGUMENTS]
    second = commanded(api, command)
    assert json.loads(log_of(api, second)) == ARGUMENTS


LOOK_AROUND = """
import glob
# The one file that holds a secret on purpose is for this user alone, and not for printing.
print("access", oct(os.stat(os.environ["RUNSPOOR_ACCESS_FILE"]).st_mode & 0o777))
print(dict(os.environ))
for pattern in ("/proc/[0-9]*/cmdline", "/proc/[0-9]*/environ"):
    for path in glob.glob(pattern):
        process = path.split("/")[2]
        try:
            # What other processes of this machine were started with is not what the node tells a script.
            mine = "RUNSPOOR_RUN_ID" in open(f"/proc/{process}/environ", errors="replace").read()
            if mine or "cmdline" in path:
                print(path, open(path, errors="replace").read())
        except OSError:
            pass
for folder, _, names in os.walk(os.path.dirname(os.getcwd())):
    for name in names:
        path = os.path.join(folder, name)
        unread = path.endswith((".pyz", ".py", "std_log.txt", "access.json"))
        print(path, "" if unread else open(path, errors="replace").read())
"""


def test_no_secret_is_in_sight(system: System, api: Api) -> None:
    run = ended(api, LOOK_AROUND)
    assert run["status"] == "Completed", run
    seen = log_of(api, run).decode()
    assert "runner.log" in seen, "the script has looked into the task's folder"
    assert "access 0o600" in seen
    texts = {
        "what the script sees": seen,
        "runner.log": log_of(api, run, "system_logs/runner.log").decode(),
        "events": json.dumps(api.events(str(run["run_id"]))),
        "the run": json.dumps(run),
        "the Batch task": _batch_task(system, run),
        "the log of the host": (system.state.logs / "host.log").read_text(errors="replace"),
        "the log of the Batch emulator": (system.state.logs / "batch.log").read_text(errors="replace"),
    }
    account_key = re.search("AccountKey=([^;]+)", system.storage.connection_string)
    assert account_key
    secrets = {"RUNSPOOR_KEY": system.state.key, "token key": system.state.token_key, "Batch key": BATCH_KEY,
               "account key": account_key[1], "a run token": "eyJhbGciOi", "a signed URL": "sig="}
    for where, text in texts.items():
        for what, secret in secrets.items():
            assert secret not in text, f"{what} is in {where}: {text[max(0, text.index(secret) - 300):][:400]}"


def _batch_task(system: System, run: Run) -> str:
    """The task as Batch shows it to anybody who may read the account."""
    client = BatchClient(system.batch_url, AzureNamedKeyCredential("local", BATCH_KEY))
    task = client.get_task("j-cpu", f"{run['run_id']}-a1")
    return json.dumps(task.as_dict(), default=str)
