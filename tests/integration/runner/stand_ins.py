"""Stand-ins for tools that the test machine has not, or not with what they need: they are told what the real ones are,
write down what they were told, and do the least of it. What the real ones make of it, no test here shows."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

DOCKER = '''#!{python}
import json, os, sys
told = sys.argv[1:]
with open(os.path.join(os.path.dirname(__file__), "told.jsonl"), "a") as file:
    file.write(json.dumps(told) + "\\n")
if told[0] == "version":
    sys.exit(0 if {answers} else "Cannot connect to the Docker daemon")
if told[:2] == ["image", "inspect"]:
    sys.exit(1)
if told[0] == "pull" and "missing" in told[1]:
    sys.exit("Error response from daemon: manifest unknown")
if told[0] == "run":
    options, inside = [], told[1:]
    while inside[0].startswith("--"):
        option = inside.pop(0)
        options.append((option, "" if option in ("--rm", "--init") else inside.pop(0)))
    image, *arguments = inside
    of = dict(options)
    given = [value for option, value in options if option == "--env"]
    variables = dict(one.split("=", 1) if "=" in one else (one, os.environ[one]) for one in given)
    os.chdir(of["--workdir"])
    os.execvpe(of["--entrypoint"], [of["--entrypoint"], *arguments],
               {{**variables, "PATH": variables.get("PATH", "{path}"), "IN_IMAGE": image}})
'''
CONDA = '''#!{python}
import json, os, re, subprocess, sys
told = sys.argv[1:]
with open(os.path.join(os.path.dirname(__file__), "told.jsonl"), "a") as file:
    file.write(json.dumps(told) + "\\n")
options = dict(zip(told, told[1:]))
specs = open(options["--file"]).read().split("\\n")
if "nowhere" in specs:
    sys.exit("PackagesNotFoundError: The following packages are not available: nowhere")
subprocess.run([sys.executable, "-m", "venv", "--without-pip", options["--prefix"]], check=True)
wanted = [name for name in specs if name and not re.match("python|pip", name)]
subprocess.run(["{uv}", "pip", "install", "--python", os.path.join(options["--prefix"], "bin", "python"), "--no-index",
                "--find-links", "{wheels}", *wanted], check=True)
'''


def place(folder: Path, name: str, text: str, **filled: object) -> Path:
    """Make the stand-in called ``name``; gives the folder to put onto PATH."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text.format(python=sys.executable, **filled))
    (folder / name).chmod(0o755)
    return folder


def told(folder: Path) -> Iterator[list[str]]:
    """The argument vectors the stand-in was called with."""
    for line in (folder / "told.jsonl").read_text().splitlines():
        yield json.loads(line)
