"""What is deployed: the repository's root without what ``.funcignore`` names."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NEEDED = {"function_app.py", "function_app", "shared", "runner", "client", "host.json", "requirements.txt"}
HARMLESS = {".funcignore", ".gitignore", "README.md"}


def test_the_app_is_deployed_whole_and_nothing_else() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    top = {line.split("/")[0] for line in tracked.splitlines()}
    deployed = top - set((ROOT / ".funcignore").read_text().split())
    assert deployed - HARMLESS == NEEDED
