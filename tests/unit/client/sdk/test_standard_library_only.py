"""What a script imports inside a run needs nothing but Python: its environment may have nothing else."""

import subprocess
import sys
from pathlib import Path

CLIENT = Path(__file__).resolve().parents[4] / "client"
CODE = """
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import runspoor
names = ["runspoor"]
for package in ("runspoor.sdk", "runspoor.tables", "runspoor.v1"):
    try:
        found = importlib.import_module(package)
    except ModuleNotFoundError:
        continue
    names += [each.name for each in pkgutil.walk_packages(found.__path__, package + ".") if "__main__" not in each.name]
for name in names:
    importlib.import_module(name)
others = {name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names) - {"runspoor", "__main__"}
print(len(names), sorted(name for name in others if not name.startswith(("azureml", "_distutils", "__"))))
"""


def test_every_module_of_the_sdk_imports_without_other_packages() -> None:
    # -S: no site-packages; -I: neither variables nor the current folder.
    done = subprocess.run([sys.executable, "-S", "-I", "-c", CODE, str(CLIENT)], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    count, others = done.stdout.split(maxsplit=1)
    assert int(count) > 40
    assert others.strip() == "[]"
