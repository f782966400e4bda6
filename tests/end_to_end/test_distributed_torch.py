"""PyTorch's DistributedDataParallel over two nodes, by gloo."""

import json
import sys

import pytest

from tests.end_to_end.conftest import Api

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


def test_a_step_on_two_nodes_has_the_loss_of_one_process(api: Api, pair: str) -> None:
    """Each rank sees one half of the data; so equal losses mean that the gradients were averaged over both nodes."""
    run_id = api.submit(TRAIN, compute_target=pair, environment={"python": sys.executable},
                        distribution={"kind": "pytorch", "nodes": 2, "processes": 2, "backend": "gloo"})
    run = api.wait(run_id, seconds=110)

    assert run["status"] == "Completed", run["reason"]
    logs = [api.http.get(f"runs/{run_id}/logs/logs/{rank}/{rank}.txt").text for rank in range(2)]
    found = [json.loads(log.splitlines()[-1]) for log in logs]
    assert [each["rank"] for each in found] == [0, 1]
    assert found[0]["node"] != found[1]["node"]
    for each in found:
        assert each["together"] == pytest.approx(each["alone"], rel=1e-5)
        assert each["together"] < each["before"]
