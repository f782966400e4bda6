"""What a compute target shows of itself: since when, its nodes, and what is on them."""

import uuid

from tests.end_to_end.conftest import Api, until
from tests.end_to_end.problem import refused


def test_the_nodes_of_a_target_and_what_is_on_them(api: Api) -> None:
    name = f"t{uuid.uuid4().hex[:8]}"
    body = {"name": name, "vm_size": "standard_d2s_v3", "min_nodes": 0, "max_nodes": 1}
    assert api.http.post("compute-targets", json=body).status_code == 201
    assert api.http.get(f"compute-targets/{name}/nodes").json() == {"value": [], "next": None}
    run_id = api.submit("import time\ntime.sleep(60)", compute_target=name)
    api.wait(run_id, "Running")
    (node,) = api.http.get(f"compute-targets/{name}/nodes").json()["value"]
    assert (node["state"], node["run_id"], node["attempt"]) == ("running", run_id, 1)
    status = api.http.get(f"compute-targets/{name}").json()
    assert (status["pool"]["nodes"], status["pool"]["current"]) == ({"running": 1}, 1)
    assert status["created_at"] <= status["since"] <= status["pool"]["since"]
    assert api.http.delete(f"compute-targets/{name}").json()["since"] > status["since"]
    until(lambda: api.http.get(f"compute-targets/{name}/nodes").status_code == 404)
    refused(api.http.get(f"compute-targets/{name}/nodes"), 404, "There is no compute target")
