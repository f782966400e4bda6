"""The command ``runspoor`` against a whole system."""

import sys
from pathlib import Path

import pytest
from runspoor.cli.exit_codes import MEANINGS

from local.system import System
from tests.end_to_end.api import Api, until
from tests.end_to_end.runspoor_command import Command

TRAIN = """
import os, sys, runspoor
for step in range(5):
    runspoor.log("loss", 1 / (step + 1))
runspoor.tag("rate", sys.argv[sys.argv.index("--rate") + 1])
print("Grüße", flush=True)
os.makedirs("outputs/deep", exist_ok=True)
open("outputs/deep/model.txt", "w").write("weights")
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("cli")
    (made / "source").mkdir()
    (made / "source" / "train.py").write_text(TRAIN)
    return made


@pytest.fixture(scope="module")
def command(system: System, api: Api, folder: Path) -> Command:
    return Command(system, folder)


@pytest.fixture(scope="module")
def run_id(command: Command) -> str:
    """A run that completed."""
    done = command.run("submit", "-e", "cli", "-c", "cpu", "--tag", "by=cli", "--name", "first", "--wait", "source",
                       "train.py", "0", "--rate", "0.1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Grüße\n")
    assert "\nSTATUS        Completed\n" in done.stdout
    assert "snapshot: 1 file, " in done.stderr
    assert "NotStarted: " in done.stderr or "Queued: " in done.stderr
    made = next(line.split()[1] for line in done.stdout.splitlines() if line.startswith("RUN "))
    assert f"run: {made}\n" in done.stderr
    return made


def test_documents_are_the_backends_own(command: Command, api: Api, run_id: str) -> None:
    documents: tuple[tuple[tuple[str, ...], str], ...] = (
        (("runs", "show", run_id), f"runs/{run_id}"),
        (("runs", "metrics", run_id, "loss"), f"runs/{run_id}/metrics/loss"),
    )
    for arguments, path in documents:
        assert command.json(*arguments) == api.http.get(path).json()
    lists: tuple[tuple[tuple[str, ...], str], ...] = (
        (("runs", "list", "--experiment", "cli", "--limit", "100"), "runs?experiment=cli&limit=100"),
        (("runs", "events", run_id), f"runs/{run_id}/events?limit=100"),
        (("runs", "metrics", run_id), f"runs/{run_id}/metrics"),
        (("runs", "files", run_id), f"runs/{run_id}/files?limit=100"),
        (("runs", "logs", run_id), f"runs/{run_id}/logs"),
        (("experiments", "list"), "experiments?limit=50"),
        (("environments", "list"), "environments?limit=100"),
        (("models", "list"), "models?limit=50"),
        (("compute", "list"), "compute-targets?limit=50"),
    )
    for arguments, path in lists:
        assert command.json(*arguments) == api.http.get(path).json()["value"], arguments


def test_people_get_tables_without_colour_in_pipes(command: Command, run_id: str) -> None:
    listed = command.out("runs", "list", "--experiment", "cli")
    assert listed.startswith("RUN ")
    (line,) = [line for line in listed.splitlines() if line.startswith(run_id)]
    assert "Completed" in line
    assert "by=cli, rate=0.1" in line
    for arguments in (("runs", "show", run_id), ("runs", "metrics", run_id), ("runs", "events", run_id), ("--help",),
                      ("runs", "why", run_id), ("compute", "show", "cpu"), ("runs", "files", run_id)):
        said = command.out(*arguments)
        assert said
        assert "\x1b" not in said


def test_logs_files_and_downloads(command: Command, run_id: str, tmp_path: Path) -> None:
    assert command.out("runs", "logs", run_id) == "Grüße\n"
    assert command.out("runs", "logs", "-f", run_id, "user_logs/std_log.txt") == "Grüße\n"
    assert "outputs/deep/model.txt" in command.out("runs", "files", run_id, "outputs/")
    command.out("runs", "download", run_id, "--to", str(tmp_path))
    assert (tmp_path / "outputs" / "deep" / "model.txt").read_text() == "weights"
    command.out("runs", "download", run_id, "user_logs/", "outputs/deep/model.txt", "--to", str(tmp_path / "more"))
    assert (tmp_path / "more" / "user_logs" / "std_log.txt").read_text() == "Grüße\n"
    done = command.run("runs", "download", run_id, "outputs/none", "--to", str(tmp_path))
    assert (done.returncode, "has no file 'outputs/none'" in done.stderr) == (4, True)


def test_a_run_that_fails_fails_the_command_that_waits(command: Command, run_id: str) -> None:
    done = command.run("submit", "-e", "cli", "-c", "cpu", "-w", "source", "train.py", "3", "--rate", "0.2")
    assert done.returncode == 1
    assert "The script train.py ended with exit code 3" in done.stdout
    assert "uploaded 0 files, 0 B" in done.stderr
    failed = next(line.split()[1] for line in done.stdout.splitlines() if line.startswith("RUN "))
    compared = command.out("runs", "compare", run_id, failed)
    rows = {line[:17].strip(): line[17:].split() for line in compared.splitlines()}
    assert rows["status"] == ["Completed", "Failed"]
    assert rows["argument 1"] == ["0", "3"]
    assert rows["argument --rate"] == ["0.1", "0.2"]
    assert rows["tag rate"] == ["0.1", "0.2"]
    assert rows["metric loss"] == ["0.2", "0.2"]
    nowhere = command.run("submit", "-c", "nowhere", "source", "train.py")
    assert (nowhere.returncode, "There is no compute target 'nowhere'" in nowhere.stderr) == (5, True)
    assert "metric loss" not in command.out("runs", "compare", "--changed", run_id, failed)


def test_cancel(command: Command, api: Api, folder: Path) -> None:
    (folder / "sleeps").mkdir()
    (folder / "sleeps" / "sleep.py").write_text("import time; print('on', flush=True); time.sleep(600)")
    submitted = command.out("submit", "-e", "cli", "-c", "cpu", "sleeps", "sleep.py").strip()
    until(lambda: command.run("runs", "logs", submitted).stdout == "on\n", 60)
    command.out("runs", "cancel", submitted, "--reason", "enough")
    assert api.wait(submitted)["status"] == "Canceled"
    assert "enough" in command.out("runs", "show", submitted)


def test_a_run_on_this_machine_and_the_same_key_again(command: Command) -> None:
    arguments = ("submit", "-e", "cli", "--python", sys.executable, "--key", "once", "--wait", "source", "train.py",
                 "0", "--rate", "1")
    first, second = command.run(*arguments), command.run(*arguments)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "\nTARGET        local\n" in first.stdout
    assert first.stdout == second.stdout


def test_compute_environments_experiments_and_models(command: Command, run_id: str, tmp_path: Path) -> None:
    command.out("compute", "create", "cli-target", "--vm-size", "standard_d2s_v3", "--max-nodes", "2")
    command.out("compute", "update", "cli-target", "--max-nodes", "3", "--idle-seconds", "60")
    assert "MAX       3" in command.out("compute", "show", "cli-target")
    command.out("compute", "delete", "cli-target")
    (tmp_path / "requirements.txt").write_text("six==1.17.0  # small\n")
    command.out("environments", "register", "cli", "--requirements", str(tmp_path / "requirements.txt"), "--variable",
                "A=1")
    shown = command.out("environments", "show", "cli", "--version", "1")
    assert "six==1.17.0" in shown
    assert "A=1" in shown
    command.out("models", "register", "cli", "outputs/deep/model.txt", "--run", run_id, "--tag", "a=b")
    command.out("models", "register", "cli", "source")
    command.out("models", "download", "cli", "--to", str(tmp_path))
    assert (tmp_path / "source" / "train.py").read_text() == TRAIN
    (tmp_path / "source" / "train.py").write_text("mine")
    command.out("models", "download", "cli", "--to", str(tmp_path))
    assert (tmp_path / "source" / "train.py").read_text() == "mine"
    command.out("models", "download", "cli", "--to", str(tmp_path), "--overwrite")
    assert (tmp_path / "source" / "train.py").read_text() == TRAIN
    assert run_id in command.out("models", "show", "cli", "--version", "1")
    until(lambda: "cli" in command.out("models", "list", "--name", "cli"))
    command.out("experiments", "archive", "cli")
    until(lambda: "cli " in command.out("experiments", "list", "--archived"))
    command.out("experiments", "reactivate", "cli")


@pytest.mark.parametrize(("arguments", "more", "code", "said"), [
    (("runs", "list"), {"RUNSPOOR_KEY": "wrong"}, 3, "does not know the key: run 'runspoor login URL'"),
    (("runs", "list"), {"RUNSPOOR_URL": ""}, 3, "Nothing says where Runspoor is"),
    (("runs", "show", "none"), {}, 4, "There is no run 'none'"),
    (("runs", "list", "--status", "Odd"), {}, 5, "Odd"),
    (("compute", "create", "x", "--vm-size", "y"), {}, 5, "vm_size: "),
    (("runs", "frobnicate"), {}, 2, "No such command 'frobnicate'. See 'runspoor runs --help'."),
    (("runs", "show"), {}, 2, "Missing argument"),
    (("submit", "--odd", "x", "source", "train.py"), {}, 2, "No such option: --odd"),
    (("login", "http://127.0.0.1:9/api"), {"RUNSPOOR_KEY": ""}, 2, "there is no key: set RUNSPOOR_KEY, or write it"),
    (("submit", "--tag", "x", "source", "train.py"), {}, 2, "not of the form NAME=VALUE"),
    (("submit", "--python", "p", "--requirements", "source/train.py", "source", "train.py"), {}, 2, "not both"),
])
def test_an_error_is_one_sentence_and_a_code(
    command: Command, arguments: tuple[str, ...], more: dict[str, str], code: int, said: str
) -> None:
    done = Command(command.system, command.folder, more).run(*arguments)
    assert done.returncode == code, done.stderr
    assert done.returncode in MEANINGS
    assert done.stdout == ""
    assert done.stderr.startswith("runspoor: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_login_keeps_the_key_out_of_the_folder(command: Command, tmp_path: Path) -> None:
    fresh = Command(command.system, tmp_path, {"RUNSPOOR_URL": "", "RUNSPOOR_KEY": ""})
    refused = fresh.run("login", command.system.url, "--key-stdin", stdin="wrong\n")
    assert (refused.returncode, list(tmp_path.iterdir())) == (3, [])
    key = command.system.state.key
    for more, options in (({}, ("--key-stdin",)), ({}, ()), ({"RUNSPOOR_KEY": key}, ())):
        login = Command(command.system, tmp_path, {"RUNSPOOR_URL": "", "RUNSPOOR_KEY": "", **more})
        done = login.run("login", command.system.url, *options, stdin="" if more else f"{key}\n")
        assert (done.returncode, done.stderr) == (0, "")
    assert command.system.url in (tmp_path / "config.json").read_text()
    assert key not in (tmp_path / "config.json").read_text() + done.stdout + done.stderr
    assert fresh.run("runs", "list", "--json").returncode == 0
    (kept,) = [file for file in tmp_path.rglob("*") if file.is_file() and key in file.read_text()]
    assert kept.stat().st_mode & 0o077 == 0


def test_the_shell_completes(command: Command) -> None:
    more = {"_RUNSPOOR_COMPLETE": "complete_bash", "COMP_WORDS": "runspoor runs comp", "COMP_CWORD": "2"}
    assert Command(command.system, command.folder, more).run().stdout.split() == ["compare"]


def test_colour_and_plots_are_for_those_who_look(command: Command, run_id: str) -> None:
    shown = command.on_a_terminal("runs", "metrics", run_id)
    assert "\x1b[" in shown
    assert "┤" in shown, "the loss is drawn"
    assert "┤" not in command.out("runs", "metrics", run_id)
    colourless = command.on_a_terminal("runs", "list", "--experiment", "cli", NO_COLOR="1")
    assert "Completed" in colourless
    assert "\x1b[3" not in colourless, "no colour, though bold may be"
    assert "\x1b[32m" in command.on_a_terminal("runs", "list")
    assert run_id in command.on_a_terminal("runs", "list", COLUMNS="40"), "a name is one word"


def test_v1_scripts_run_as_python_would_run_them(command: Command) -> None:
    (command.folder / "v1.py").write_text("import sys\nfrom azureml.core import Run\n"
                                          "print(sys.argv[1:], Run.__module__.split('.')[0])\nsys.exit(7)\n")
    done = command.run("v1", "v1.py", "--help", "-x")
    assert (done.returncode, done.stdout) == (7, "['--help', '-x'] runspoor\n"), done.stderr
