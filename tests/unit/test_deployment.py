"""What is deployed: the repository's root without what ``.funcignore`` names, and the packages it imports."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NEEDED = {"function_app.py", "function_app", "shared", "runner", "client", "host.json", "requirements.txt"}
HARMLESS = {".funcignore", ".gitignore", "README.md"}
IMPORTING = ("function_app", "shared", "runner")
NAMED_OTHERWISE = {"azure-storage-fileshare": "azure-storage-file-share", "jwt": "pyjwt"}


def test_the_app_is_deployed_whole_and_nothing_else() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    top = {line.split("/")[0] for line in tracked.splitlines()}
    deployed = top - set((ROOT / ".funcignore").read_text().split())
    assert deployed - HARMLESS == NEEDED


def test_the_requirements_are_the_packages_that_are_imported() -> None:
    required = re.findall(r"^([A-Za-z][\w-]*)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert sorted(name.lower() for name in required) == sorted({package(module) for module in imported()})


def imported() -> Iterator[str]:
    """Every module of others that the app imports."""
    for path in (path for folder in IMPORTING for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [f"{node.module}.{each.name}" for each in node.names]
            yield from (name for name in names if name.partition(".")[0] not in {*sys.stdlib_module_names, *IMPORTING})


def package(module: str) -> str:
    """The installed package that has a module: the one with the longest name that the module's begins with."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        name = "-".join(parts[:length]).lower()
        name = NAMED_OTHERWISE.get(name, name)
        try:
            distribution(name)
        except PackageNotFoundError:
            continue
        return name
    raise AssertionError(f"{module} belongs to no installed package")
