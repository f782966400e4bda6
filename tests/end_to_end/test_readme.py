"""The README's walk over HTTP, run as it stands there."""

import os
import re
import subprocess
from pathlib import Path

from local.system import System

README = Path(__file__).resolve().parents[2] / "README.md"


def walk() -> str:
    """All bash blocks of the section, in order: one terminal session."""
    section = README.read_text().split("## Over HTTP\n")[1].split("\n## ")[0]
    blocks = re.findall(r"```bash\n(.*?)```", section, re.DOTALL)
    assert len(blocks) == section.count("```") // 2
    return "set -euo pipefail\n" + "\n".join(blocks)


def test_the_commands_of_the_readme_do_what_it_says(system: System, tmp_path: Path) -> None:
    done = subprocess.run(["bash", "-c", walk()], cwd=tmp_path, env={**os.environ, **system.client_environment},
                          capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"summary"' in done.stdout
    assert "step 0: loss 1.000\nstep 1: loss 0.500\n" in done.stdout
    assert "step 19: loss 0.050\n" in done.stdout
    assert '"count":20' in done.stdout
    assert '"name": "outputs/model.txt"' in done.stdout
    assert (tmp_path / "model.txt").read_text() == "0.05"
    assert '"run.script_started"' in done.stdout
    assert "\nQueued\n" in done.stdout
    assert "CancelRequested" in done.stdout or "Canceled" in done.stdout
    assert "'code': 'Canceled'" in done.stdout
