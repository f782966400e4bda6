"""The example scripts for the Azure ML SDK v1, as they are, run by ``runspoor v1``."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.azurite import ACCOUNT_KEY, ACCOUNT_NAME
from local.system import System
from tests.web_folder import web_folder

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "v1"
RUNSPOOR = Path(sys.executable).with_name("runspoor")


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[str]:
    """A web site with digits in MNIST's files."""
    subprocess.run([sys.executable, EXAMPLES / "make_digits.py", tmp_path / "mirror"], check=True)
    with web_folder(tmp_path / "mirror") as site:
        yield site


@pytest.fixture
def room(tmp_path: Path, system: System) -> Path:
    """A folder of a user who has logged in."""
    (tmp_path / "home").mkdir()
    done = runspoor(tmp_path, "login", system.url, "--key-stdin", typed=system.state.key)
    assert done.returncode == 0, done.stderr
    return tmp_path


def runspoor(room: Path, *argv: str, typed: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in ``room``, with nothing of ours in the environment."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(room / "home"), "LANG": "C.UTF-8", **variables}
    return subprocess.run([RUNSPOOR, *argv], cwd=room, env=environment, input=typed, capture_output=True, text=True,
                          timeout=110, check=False)


def example(room: Path, name: str, **variables: str) -> str:
    """What an example prints; it has to end well."""
    done = runspoor(room, "v1", str(EXAMPLES / name), **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_first_runs(room: Path) -> None:
    said = example(room, "first_runs.py")
    assert "step 4" in said  # The script's own output, as it came.
    for target in ("local", "first-cluster"):
        assert f"Completed and told on {target} with losses [1.0, 0.5, " in said
    assert "missing.csv" in said.partition("As expected:")[2]
    assert "It says:" in said
    assert "One list again: True" in said
    assert said.rpartition("Runs so far:")[2].count("'Completed'") == 3


def test_an_estimator(room: Path) -> None:
    said = example(room, "estimate.py")
    assert "It ended as Completed with {'options': {'regularization': 0.8, 'verbose': True}}" in said


def test_datastores(room: Path) -> None:
    said = example(room, "datastores.py", STORAGE_ACCOUNT=ACCOUNT_NAME, STORAGE_KEY=ACCOUNT_KEY)
    assert "Datastore notes is of type AzureFile" in said
    assert "The default was workspaceblobstore and is weather" in said
    assert "average The hills,8.52 of 22 months" in said
    assert "The second run is Completed" in said
    assert "Averages: ['coast,15.00', 'hills,8.77', 'valley,11.50']" in said
    assert "'notes'" not in said.rpartition("Left:")[2]
    assert ACCOUNT_KEY not in said


def test_datasets_and_what_came_of_them(room: Path) -> None:
    said = example(room, "datasets.py")
    assert "has ['/2018/coast.csv', '/2018/hills.csv', " in said
    assert "Mounted ['hills.csv', 'valley.csv']" in said
    assert "kept 11 months of hills.csv" in said
    assert "It read ['weather']\nIt wrote ['clean']" in said
    assert "of 6 files" in said.rpartition("Next: weather-clean")[2]
    assert "Model weather knows {'training': ['weather-clean']}" in said
    drawn = runspoor(room, "datasets", "lineage", "weather", "--depth", "10").stdout
    assert all(f'-->|"{name}"|' in drawn for name in ("weather", "clean", "training", "outputs/means.json")), drawn


def test_tables(room: Path) -> None:
    said = example(room, "tables.py", TRAINING_PYTHON=sys.executable)
    assert "Berg, Anna" in said
    assert "Diaz" not in said, "the first two rows alone"
    assert "Below 40 in the third class: ['Gil, Noa']" in said
    assert "'Age': 'float64'" in said
    assert "'Boarded': 'datetime64" in said
    assert "'Arrived': 'bool'" in said
    assert "has ['Class', 'Age', 'Arrived']" in said
    assert "has ['Name', 'Class', 'Age', 'Boarded', 'Arrived']" in said
    assert "6 travellers, 2 of unknown age" in said
    assert "It said: 30.0 years" in said


def test_one_script_on_two_nodes(room: Path) -> None:
    said = example(room, "spread.py", TRAINING_PYTHON=sys.executable)
    assert re.search(r"It ran on 2 nodes and says {'pi': 3\.1\d+, 'processes': 4}", said), said
    logs = dict(re.findall(r"^(logs/\d/\d.txt) has: process (\d) of 4 on ", said, re.MULTILINE))
    assert logs == {"logs/0/0.txt": "0", "logs/0/1.txt": "1", "logs/1/2.txt": "2", "logs/1/3.txt": "3"}


def test_a_sweep(room: Path) -> None:
    said = example(room, "sweep.py")
    assert said.count(": Running") >= 1
    best = re.search(r"Best of 4 is (hd_\S+_\d) at (\S+)\nwith ({.*})", said)
    assert best, said
    first = said.partition("with 4 trials")[2].split()[0]
    assert best[1] == first
    assert float(best[2]) < 1
    shown = runspoor(room, "runs", "sweep", best[1].rpartition("_")[0], "--best").stdout
    assert f"{best[1]}" in shown
    assert shown.partition(best[1])[2].split("\n")[0].split()[2:5:2] == ["Completed", "best"]


def test_from_a_dataset_to_a_registered_model(room: Path, mirror: str) -> None:
    said = example(room, "classify_digits.py", RUNSPOOR_OPENDATASETS_URL=mirror, TRAINING_PYTHON=sys.executable)
    assert "Learning from 1500 images, testing with 297" in said
    assert "outputs/digits.pkl" in said
    assert "Model digits:1 of run classify-digits_" in said
    assert "'accuracy': 0." in said
