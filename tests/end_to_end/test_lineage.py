"""Lineage of a chain that really ran, asked from every one of its links: over HTTP, by the command, in a run."""

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from azure.storage.blob import BlobServiceClient
from runspoor.cli.lineage_picture import MORE

from local.system import System
from shared.contract.lineage import Lineage
from shared.domain import limits
from tests.end_to_end.api import Api, until
from tests.end_to_end.problem import refused
from tests.end_to_end.runspoor_command import Command

CLEAN = """
import os, sys
source, target = sys.argv[1:]
for name in os.listdir(source):
    with open(os.path.join(source, name)) as rows, open(os.path.join(target, name), "w") as kept:
        kept.writelines(row for row in rows if row.strip())
"""
TRAIN = """
import json, os, sys, urllib.request
rows = sum(1 for name in os.listdir(sys.argv[1]) for row in open(os.path.join(sys.argv[1], name)))
open("outputs/model.txt", "w").write(str(rows))
access = json.load(open(os.environ["RUNSPOOR_ACCESS_FILE"]))
asked = urllib.request.Request(f"{access['url']}/datasets/{sys.argv[2]}/lineage",
                               headers={"Authorization": f"Bearer {access['token']}"})
open("outputs/lineage.json", "wb").write(urllib.request.urlopen(asked).read())
"""
Json = dict[str, object]
STYLE = re.compile("\x1b\\[[0-9;]*m")


@dataclass(frozen=True)
class Chain:
    """``raw`` -> run ``first`` -> ``clean`` -> run ``second`` -> version 1 of ``model``. Data by names and ids."""

    raw: str
    raw_id: str
    first: str
    clean: str
    clean_id: str
    second: str
    model: str

    @property
    def addresses(self) -> list[str]:
        return [f"datasets/{self.raw}/lineage", f"dataset-ids/{self.raw_id}/lineage", f"runs/{self.first}/lineage",
                f"datasets/{self.clean}/lineage?version=1", f"dataset-ids/{self.clean_id}/lineage",
                f"runs/{self.second}/lineage", f"models/{self.model}/lineage?version=1"]


@pytest.fixture(scope="module")
def chain(api: Api, system: System) -> Chain:
    tag = uuid.uuid4().hex[:6]
    with BlobServiceClient.from_connection_string(system.storage.connection_string) as service:
        service.get_blob_client("data", f"lineage-{tag}/a.csv").upload_blob("1,2\n\n3,4\n")
    source = {"datastore": "workspaceblobstore", "path": f"lineage-{tag}"}
    raw = dataset(api, {"name": f"raw-{tag}", "kind": "file", "sources": [source]})
    first = completed(api, api.submit(
        CLEAN, run_id=f"first-{tag}", arguments=[{"input": "raw"}, {"output": "clean"}], display_name="clean up",
        inputs={"raw": {"dataset": raw["id"], "mode": "download"}},
        outputs={"clean": {"register_as": {"name": f"clean-{tag}"}}}))
    clean = api.http.get(f"datasets/clean-{tag}").json()
    second = completed(api, api.submit(
        TRAIN, run_id=f"second-{tag}", arguments=[{"input": "rows"}, f"clean-{tag}"],
        inputs={"rows": {"dataset": clean["id"], "mode": "download"}}))
    model = {"name": f"net-{tag}", "run_id": second, "path": "outputs/model.txt",
             "datasets": [{"scenario": "training", "dataset_id": clean["id"]}]}
    assert api.http.post("models", json=model).status_code == 201
    made = Chain(f"raw-{tag}", str(raw["id"]), first, f"clean-{tag}", clean["id"], second, f"net-{tag}")
    until(lambda: len(asked(api, f"runs/{second}/lineage").nodes) == 5)
    return made


def dataset(api: Api, body: Json) -> Json:
    answer = api.http.post("datasets", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def completed(api: Api, run_id: str) -> str:
    ended = api.wait(run_id)
    assert ended["status"] == "Completed", ended
    return run_id


def asked(api: Api, address: str, depth: int = 10) -> Lineage:
    answer = api.http.get(address, params={**httpx.URL(address).params, "depth": depth})
    assert answer.status_code == 200, answer.text
    return Lineage.model_validate(answer.json())


def graph(found: Lineage) -> Lineage:
    """Without the order that the one asked about makes, and the time up to which it is true."""
    return found.model_copy(update={"nodes": sorted(found.nodes, key=lambda node: node.id), "as_of": None})


def expected(chain: Chain) -> tuple[set[tuple[object, ...]], set[tuple[object, ...]]]:
    raw, clean, model = f"dataset:{chain.raw_id}", f"dataset:{chain.clean_id}", f"model:{chain.model}:1"
    first, second = f"run:{chain.first}", f"run:{chain.second}"
    return (
        {(raw, chain.raw, 1, "registered"), (clean, chain.clean, 1, "registered"),
         (model, chain.model, 1, "registered"), (first, "clean up", None, "Completed"),
         (second, None, None, "Completed")},
        {(raw, first, "input", "raw", True), (first, clean, "output", "clean", True),
         (clean, second, "input", "rows", True), (second, model, "model", "outputs/model.txt", True),
         (clean, model, "scenario", "training", True)})


def test_every_link_of_a_chain_has_the_same_lineage(api: Api, chain: Chain) -> None:
    graphs = [graph(asked(api, address)) for address in chain.addresses]
    assert graphs == graphs[:1] * len(graphs)
    nodes, edges = expected(chain)
    found = asked(api, f"runs/{chain.second}/lineage")
    assert {(node.id, node.name, node.version, node.status) for node in found.nodes} == nodes
    assert {(edge.source, edge.target, edge.how, edge.name, edge.complete) for edge in found.edges} == edges
    assert (found.nodes[0].id, found.truncated) == (f"run:{chain.second}", False)


def test_depth(api: Api, chain: Chain) -> None:
    counts = [len(asked(api, f"runs/{chain.first}/lineage", depth).nodes) for depth in (1, 2, 3)]
    assert counts == [3, 5, 5], "the model is two steps away: it names the dataset"


def test_a_script_finds_the_lineage_of_what_it_reads(api: Api, chain: Chain) -> None:
    link = api.http.get(f"runs/{chain.second}/files/outputs/lineage.json").json()["url"]
    seen = httpx.get(link).json()
    assert {f"dataset:{chain.raw_id}", f"run:{chain.first}", f"dataset:{chain.clean_id}", f"run:{chain.second}"} >= {
        node["id"] for node in seen["nodes"]}
    assert seen["nodes"][0]["id"] == f"dataset:{chain.clean_id}"


def test_what_cannot_be_asked(api: Api, chain: Chain) -> None:
    unknown = uuid.uuid4()
    for address in ("runs/nobody/lineage", "datasets/none/lineage", f"datasets/{chain.raw}/lineage?version=9",
                    f"dataset-ids/{unknown}/lineage", "models/none/lineage", f"models/{chain.model}/lineage?version=9"):
        refused(api.http.get(address), 404)
    for depth in ("0", "11", "x"):
        refused(api.http.get(f"runs/{chain.first}/lineage?depth={depth}"), 400, "from 1 to 10")


@pytest.fixture
def command(system: System, tmp_path: Path) -> Command:
    return Command(system, tmp_path)


def test_the_command(command: Command, api: Api, chain: Chain) -> None:
    arguments = (("runs", chain.first), ("datasets", chain.raw_id), ("models", chain.model))
    documents = [command.json(group, "lineage", name, "--depth", "10") for group, name in arguments]
    graphs = [graph(Lineage.model_validate(document)) for document in documents]
    assert graphs == [graph(asked(api, f"runs/{chain.first}/lineage"))] * len(graphs)
    drawn = command.out("runs", "lineage", chain.first).splitlines()
    assert drawn[:2] == ["flowchart LR", f'    n0["{chain.first} (clean up)<br>Completed"]']
    assert len(drawn) == 1 + 5 + 5 + 1
    shown = STYLE.sub("", command.on_a_terminal("models", "lineage", chain.model, "--depth", "4"))
    assert [line.rstrip() for line in shown.splitlines()] == [
        f"model {chain.model}:1  registered",
        "└── came of",
        f"    ├── dataset {chain.clean}:1  registered  training",
        f"    │   └── run {chain.first} (clean up)  Completed  clean",
        f"    │       └── dataset {chain.raw}:1  registered  raw",
        f"    └── run {chain.second}  Completed  outputs/model.txt",
        f"        └── dataset {chain.clean}:1  registered  rows  (see above)"]


def test_more_runs_than_a_lineage_shows(command: Command, api: Api) -> None:
    tag = uuid.uuid4().hex[:6]
    source: Json = {"kind": "file", "sources": [{"url": f"https://data.example/{tag}"}], "name": f"popular-{tag}"}
    read = {"raw": {"dataset": dataset(api, source)["id"], "mode": "direct"}}
    count = limits.LINEAGE_NODES + 5
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: api.submit("", run_id=f"{tag}-{number}", compute_target="local", inputs=read),
                      range(count)))
    address = f"datasets/popular-{tag}/lineage"
    until(lambda: asked(api, address, 1).truncated, 60)
    assert len(asked(api, address, 1).nodes) == limits.LINEAGE_NODES
    assert command.out("datasets", "lineage", f"popular-{tag}").rstrip().endswith(MORE)
