"""A whole story in v1's words, told while anything goes wrong: it ends as it does when nothing does."""

import sys
from pathlib import Path

import pytest
from runspoor.sdk.experiment import Experiment
from runspoor.sdk.script_run_config import ScriptRunConfig
from runspoor.sdk.workspace import Workspace

from tests.end_to_end.bad_server.bad_network import BadNetwork, at_random
from tests.end_to_end.bad_server.training_folder import training_folder
from tests.end_to_end.intercepted import Intercepted


def story(workspace: Workspace, folder: Path) -> dict[str, object]:
    """A submitted and an interactive run, and what is left of them."""
    digest = training_folder(folder)
    experiment = Experiment(workspace, folder.name)
    run = experiment.submit(ScriptRunConfig(str(folder), "train.py", compute_target="cpu"), tags={"stage": "test"})
    with experiment.start_logging(display_name="by hand") as by_hand:
        for number in range(30):
            by_hand.log("accuracy", number / 30, step=number)
            by_hand.log_row("confusion", x=number, y=-number)
            if number % 10 == 9:
                by_hand.flush()
        by_hand.tag("kind", "interactive")
        by_hand.upload_file("outputs/0.bin", str(folder / "0.bin"))
    run.wait_for_completion()
    model = run.register_model(folder.name, "outputs/model.bin")
    kept = Path(model.download(str(folder / "got"))).read_bytes()
    by_hand.download_file("outputs/0.bin", str(folder / "again.bin"))
    metrics = run.get_metrics()
    return {"run": (run.get_status(), run.get_tags(), metrics.pop("digest") == digest, metrics),
            "by hand": (by_hand.get_status(), by_hand.get_tags(), by_hand.display_name, by_hand.get_metrics()),
            "files": (run.get_file_names(), by_hand.get_file_names()),
            "model": (model.version, kept == bytes.fromhex(digest) * 20_000),
            "same": (folder / "again.bin").read_bytes() == (folder / "0.bin").read_bytes()}


@pytest.fixture(scope="module")
def wanted(breakable: Intercepted, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """How it ends when all is well."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in breakable.system.client_environment.items():
            environment.setenv(name, value)
        return story(Workspace("s", "g", "w"), tmp_path_factory.mktemp("story") / "all-is-well")


@pytest.mark.parametrize(("seed", "has_httpx"), [(1, True), (2, False)])
def test_whatever_goes_wrong_the_story_ends_as_it_should(
    world: Intercepted, network: BadNetwork, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    wanted: dict[str, object], seed: int, has_httpx: bool
) -> None:
    """``has_httpx``: else the standard library does the sending, as in a script's run."""
    if not has_httpx:
        monkeypatch.setitem(sys.modules, "runspoor.transport.over_httpx", None)
    network.plan = at_random(seed, 0.25)
    assert story(workspace, tmp_path / f"bad-{seed}") == wanted, network.seen
    assert len(world.listed(f"bad-{seed}", 2)) == 2
    assert sum(each.act != "pass" for each in network.seen) >= 5
