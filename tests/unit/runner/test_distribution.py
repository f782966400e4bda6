"""What the processes of a distributed run are told, and what is made of what they say."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.completion import Ending, NodeReport, of_all, with_nodes
from runner.distribution import hosts, mpirun, naming, rendezvous
from runner.distribution.records import End, Launch, Records, first_failure
from runner.distribution.specification import Distribution, parse
from runner.distribution.telling import LINE_BYTES, Heard, fitting, hear
from runner.errors import RunFailed
from runner.outputs import NotUploaded
from runner.written import Result

ON_TWO = {"AZ_BATCH_HOST_LIST": "10.0.0.5,10.0.0.4", "AZ_BATCH_MASTER_NODE": "10.0.0.4:6000"}


def distribution(kind: str = "mpi", nodes: int = 2, processes: int = 4, servers: int = 0) -> Distribution:
    found = parse({"kind": kind, "nodes": nodes, "processes": processes, "parameter_servers": servers})
    assert found
    return found


def test_the_first_node_is_that_which_runs_the_task() -> None:
    assert hosts.addresses(distribution(), ON_TWO) == ("10.0.0.4", "10.0.0.5")
    assert hosts.addresses(distribution(nodes=1), {}) == ("127.0.0.1",)


def test_nodes_with_one_address_are_one_machine() -> None:
    same = {"AZ_BATCH_HOST_LIST": "127.0.0.1,127.0.0.1", "AZ_BATCH_MASTER_NODE": "127.0.0.1:6000"}
    nodes = hosts.addresses(distribution(), same)
    assert hosts.slots(nodes, 2) == {"127.0.0.1": 4}
    assert rendezvous.shares_network(nodes)


@pytest.mark.parametrize("variables", [{}, {"AZ_BATCH_HOST_LIST": "10.0.0.4"},
                                       {**ON_TWO, "AZ_BATCH_HOST_LIST": "10.0.0.4,10.0.0.5,10.0.0.6"}])
def test_other_nodes_than_were_asked_for(variables: dict[str, str]) -> None:
    with pytest.raises(RunFailed, match="needs 2 nodes that reach each other") as caught:
        hosts.addresses(distribution(), {"AZ_BATCH_MASTER_NODE": "10.0.0.4:6000", **variables})
    assert caught.value.code == "LauncherFailed"


def test_mpirun_is_told_of_machines_and_names_only() -> None:
    told = mpirun.command("/opt/bin/mpirun", {"a": 2, "10.0.0.5": 2}, ["SECRET"], ["python3", "runner.pyz"])
    assert told == ["/opt/bin/mpirun", "--host", "a:2,10.0.0.5:2", "--map-by", "slot", "--bind-to", "none", "-np", "4",
                    "-x", "SECRET", "python3", "runner.pyz"]


def test_a_node_keeps_what_is_its_own() -> None:
    around = {"AZ_BATCH_NODE_ID": "tvm-1", "AZ_BATCH_POOL_ID": "cpu", "AZ_BATCH_AUTHENTICATION_TOKEN": "secret",
              "HOME": "/root", "OMPI_MCA_plm_rsh_agent": "x", "BASH_FUNC_x%%": "() {}", "PATH": "/bin"}
    assert mpirun.handed_on(around) == ["AZ_BATCH_POOL_ID", "PATH"]
    found = mpirun.variables(around, "127.0.0.1", is_crowded=True)
    assert "AZ_BATCH_AUTHENTICATION_TOKEN" not in found
    assert found["OMPI_MCA_mpi_yield_when_idle"] == "1"
    assert "OMPI_MCA_btl_tcp_if_include" not in found


def test_ports_are_those_of_azure_ml_where_nodes_have_networks_of_their_own() -> None:
    nodes = ("10.0.0.4", "10.0.0.5")
    where = rendezvous.agree(distribution("tensorflow", processes=2, servers=3), nodes, free=False)
    assert where.port == 6105
    assert where.workers == ["10.0.0.4:2222", "10.0.0.5:2222"]
    assert where.servers == ["10.0.0.4:2223", "10.0.0.5:2223", "10.0.0.4:2224"]
    assert [list(where.servers_of(node)) for node in range(2)] == [[0, 2], [1]]
    assert json.loads(rendezvous.tf_config(where, "ps", 2)) == {
        "cluster": {"worker": where.workers, "ps": where.servers}, "task": {"type": "ps", "index": 2},
        "environment": "cloud"}
    assert rendezvous.Rendezvous.parse(where.text()) == rendezvous.Rendezvous(
        list(nodes), where.port, where.workers, where.servers)


def test_a_cluster_without_parameter_servers_has_no_ps() -> None:
    where = rendezvous.agree(distribution("tensorflow", processes=2), ("10.0.0.4", "10.0.0.5"), free=False)
    found = rendezvous.variables(distribution("tensorflow", processes=2), where, 1)
    assert json.loads(found["TF_CONFIG"])["cluster"] == {"worker": where.workers}
    assert json.loads(found["TF_CONFIG"])["task"] == {"type": "worker", "index": 1}


@given(nodes=st.integers(1, 4), servers=st.integers(0, 9))
def test_no_two_tasks_on_one_network_share_a_port(nodes: int, servers: int) -> None:
    wanted = distribution("tensorflow", nodes, nodes, servers)
    where = rendezvous.agree(wanted, ["127.0.0.1"] * nodes, free=True)
    ports = [str(where.port), *(each.partition(":")[2] for each in (*where.workers, *where.servers))]
    assert len(set(ports)) == 1 + nodes + servers
    assert sorted(number for node in range(nodes) for number in where.servers_of(node)) == list(range(servers))


@given(nodes=st.integers(1, 8), per_node=st.integers(1, 8))
def test_every_rank_is_told_its_own_place(nodes: int, per_node: int) -> None:
    wanted = distribution("pytorch", nodes, nodes * per_node)
    where = rendezvous.Rendezvous([f"10.9.9.{number}" for number in range(nodes)], 6105, [], [])
    told = [rendezvous.variables(wanted, where, rank) for rank in range(nodes * per_node)]
    assert [each["RANK"] for each in told] == [str(rank) for rank in range(nodes * per_node)]
    assert len({(each["NODE_RANK"], each["LOCAL_RANK"]) for each in told}) == nodes * per_node
    assert {(each["WORLD_SIZE"], each["LOCAL_WORLD_SIZE"], each["MASTER_ADDR"], each["NODE_COUNT"]) for each in told} \
        == {(str(nodes * per_node), str(per_node), "10.9.9.0", str(nodes))}


@pytest.mark.parametrize(("name", "of_second"), [
    ("logs/train.log", "logs/2/train.log"), ("outputs.jsonl", "outputs-node-2.jsonl"),
    ("written/model.jsonl", "written/model-node-2.jsonl"),
    ("system_logs/runner.log", "system_logs/runner-node-2.log"), ("metrics/02000000.json", "metrics/02000000.json"),
    ("outputs/node-2/a/b.txt", "outputs/node-2/a/b.txt")])
def test_names_of_a_further_node(name: str, of_second: str) -> None:
    assert naming.of_node(2, name) == of_second


def test_the_first_failure_is_that_of_a_process_nobody_had_told_to_end() -> None:
    ends = [End("0", 0, -15, True, 1.0), End("3", 1, 3, False, 2.5), End("2", 1, -9, False, 2.0),
            End("1", 0, 0, False, 1.0)]
    assert first_failure(ends) == ends[2]
    assert first_failure(ends[:1]) is None
    assert (ends[1].who, End("ps-1", 1, 1, False, 0).who) == ("rank 3", "parameter server 1")


def test_records_of_a_node(tmp_path: Path) -> None:
    records = Records(tmp_path)
    records.clear()
    assert (records.asked(), records.ends()) == (None, [])
    records.stop(2.5)
    end = End("ps-0", 0, 1, False, 1.5)
    records.ended(4, end)
    assert (records.asked(), records.ends()) == (2.5, [end])


def test_what_is_launched_is_for_its_owner_only(tmp_path: Path) -> None:
    launch = Launch(["python", "a.py"], {"KEY": "value"}, "/root", {"kind": "mpi"}, 20)
    path = launch.write(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert Launch.read(path) == launch


def test_what_no_node_says_is_passed_over() -> None:
    nodes = {1: Heard()}
    noise = [b"hello\n", b"{}\n", b'{"node": 7, "event": "ready"}\n', b'{"node": 1}\n', b"[1]\n",
             b'{"node": [], "event": 1}']
    assert [hear(line, nodes) for line in noise] == [False] * len(noise)
    assert hear(b'{"node": 1, "event": "exit", "name": "3"}\n', nodes)
    assert hear(b'{"node": 1, "event": "ready"}\n', nodes)
    assert (set(nodes[1].said), len(nodes[1].exits)) == ({"ready"}, 1)


@given(st.lists(st.text(max_size=400), max_size=60))
def test_the_last_lines_fit_into_what_mpirun_brings_at_once(lines: list[str]) -> None:
    kept = fitting(lines)
    assert len(json.dumps(kept)) < LINE_BYTES
    assert kept == lines[len(lines) - len(kept):]


def test_outputs_of_all_nodes_are_added_up() -> None:
    failed = NotUploaded("x", "no room")
    report = NodeReport(1, "tvm-2", 3, {"files": 0, "bytes": 0}, (Result("model", 1, 5, [failed], False),),
                        ("OutputsNotUploaded", "no room"))
    (found,) = of_all([Result("model", 2, 7, [], True)], [report])
    assert found == Result("model", 3, 12, [failed], False)
    end = with_nodes(Ending("succeeded", 0), [report])
    assert (end.outcome, end.reason) == ("failed", ("OutputsNotUploaded", "On node 1 (tvm-2): no room"))
    assert with_nodes(Ending("canceled"), [report]) == Ending("canceled")
