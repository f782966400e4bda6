"""PyTorch's DistributedDataParallel over two nodes, by gloo."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.runner.cluster import Cluster
from tests.integration.runner.service import Service

TRAIN = """
    import json, os, torch
    from torch import distributed, nn
    def data():
        torch.manual_seed(1)
        return torch.randn(8, 5), torch.randn(8, 1)
    def model():
        torch.manual_seed(2)
        return nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 1))
    def step(net, x, y):
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        nn.functional.mse_loss(net(x), y).backward()
        optimizer.step()
        return net
    x, y = data()
    before = nn.functional.mse_loss(model()(x), y).item()
    alone = nn.functional.mse_loss(step(model(), x, y)(x), y).item()
    distributed.init_process_group("gloo")
    rank, size = distributed.get_rank(), distributed.get_world_size()
    own = slice(rank * 8 // size, (rank + 1) * 8 // size)
    net = step(nn.parallel.DistributedDataParallel(model()), x[own], y[own])
    together = nn.functional.mse_loss(net(x), y).item()
    distributed.destroy_process_group()
    print(json.dumps({"node": os.uname().nodename, "rank": rank, "before": before, "alone": alone,
                      "together": together}))
"""


@pytest.fixture
def cluster(service: Service, archive: Path, tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(service, archive, tmp_path / "c", f"digits_{uuid.uuid4().hex[:12]}")
    yield cluster
    cluster.stop()


def test_a_step_on_two_nodes_has_the_loss_of_one_process(cluster: Cluster) -> None:
    """Each rank sees one half of the data; so equal losses mean that the gradients were averaged over both nodes."""
    completed = cluster.run({"train.py": TRAIN}, distribution={"kind": "pytorch", "nodes": 2, "processes": 2,
                                                               "backend": "gloo"})

    assert completed["outcome"] == "succeeded", f"{completed}\n{cluster.said}"
    found = [json.loads(cluster.text(f"logs/{rank}/{rank}.txt").splitlines()[-1]) for rank in range(2)]
    assert [(each["node"], each["rank"]) for each in found] == [("node-0", 0), ("node-1", 1)]
    for each in found:
        assert each["together"] == pytest.approx(each["alone"], rel=1e-5)
        assert each["together"] < each["before"]
