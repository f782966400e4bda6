"""Multi-instance tasks: several nodes at once, each with its own hostname and files, and Open MPI between them."""

import os
from pathlib import Path
from typing import Any

import pytest
from azure.batch import models as m
from azure.storage.blob import ContainerClient

from tests.integration.batch_emulator.conftest import IDENTITY
from tests.integration.batch_emulator.running import POLL, Running, running, until
from tests.integration.batch_emulator.several import (
    MPI_PATIENCE,
    MPIRUN,
    WAITS,
    failure,
    hostname,
    mpi_pool,
    nodes_of,
    several,
    state_of,
    written,
)

ALLREDUCE = """
import os, socket
from mpi4py import MPI
world = MPI.COMM_WORLD
total = world.allreduce(world.rank)
own = os.path.exists(f"{SHARED}/made-on-{socket.gethostname()}")
print(f"{world.rank} {world.size} {socket.gethostname()} {total} {own} {os.environ.get('SECRET')}", flush=True)
"""
UNPRIVILEGED = ("setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin")


@pytest.fixture(scope="module")
def pool(emulator: Running) -> str:
    return mpi_pool(emulator, "cluster")


@pytest.mark.parametrize("kind", ["root", "user"])
def test_open_mpi_runs_over_nodes_with_their_own_hostnames(state: Path, kind: str) -> None:
    """In a user namespace as well, where the system lets the emulator have nothing else."""
    prefix = UNPRIVILEGED if kind == "user" and os.geteuid() == 0 else ()
    with running(state, prefix=prefix) as emulator:
        emulator.job("j", mpi_pool(emulator, "p"))
        program = state / "allreduce.py"
        program.write_text(ALLREDUCE.replace("{SHARED}", f"{state}/node/workitems/j/job-1/t"))
        secret = m.EnvironmentSetting(name="SECRET", value="told")
        leaves_a_file = several("/bin/bash -c 'touch \"$AZ_BATCH_TASK_SHARED_DIR/made-on-$(hostname)\"'")
        command = f"/bin/bash -c 'readlink /proc/self/ns/user; exec {MPIRUN} {program}'"
        emulator.task("j", "t", command, environment_settings=[secret], **leaves_a_file)
        until(lambda: emulator.client.get_task("j", "t").state == "completed", MPI_PATIENCE)
        namespace, *ranks = emulator.read("j", "t").splitlines()
        first, second = map(hostname, nodes_of(emulator, "j"))
        # As over ssh, a variable of the primary's reaches no other node.
        hosts = enumerate([(first, "told")] * 2 + [(second, "None")] * 2)
        expected = [f"{rank} 4 {host} 6 True {seen}" for rank, (host, seen) in hosts]
        assert sorted(ranks) == expected, emulator.read("j", "t", "stderr.txt")
        assert (namespace == os.readlink("/proc/self/ns/user")) == (os.geteuid() == 0 and not prefix)


def test_files_come_to_every_node_and_go_from_the_primary(
    emulator: Running, job: str, container: ContainerClient
) -> None:
    identity = m.BatchNodeIdentityReference(resource_id=IDENTITY)
    for name in ("common", "own"):
        container.upload_blob(name, name.encode())
    common, own = (
        m.ResourceFile(http_url=f"{container.url}/{name}", file_path=name, identity_reference=identity)
        for name in ("common", "own")
    )
    output: Any = {
        "filePattern": "../seen",
        "destination": {
            "container": {"containerUrl": container.url, "identityReference": {"resourceId": IDENTITY}, "path": "seen"}
        },
        "uploadOptions": {"uploadCondition": "taskcompletion"},
    }
    coordination = "/bin/bash -c 'cd $AZ_BATCH_TASK_SHARED_DIR && (cat common; echo; ls wd; hostname) > seen'"
    options = several(coordination, files=[common])
    emulator.task(job, "t", "/bin/cat own", resource_files=[own], output_files=[output], **options)
    info = emulator.completed(job, "t").execution_info
    assert info
    assert (info.exit_code, emulator.read(job, "t")) == (0, "own")
    nodes = nodes_of(emulator, job)
    assert written(emulator, job, "seen") == {node: f"common\n{hostname(node)}\n" for node in nodes}
    assert written(emulator, job, "wd/own") == {nodes[0]: "own"}
    assert container.download_blob("seen").readall().decode().split() == ["common", hostname(nodes[0])]
    (subtask,) = emulator.client.list_subtasks(job, "t")
    assert (subtask.id, subtask.state, subtask.exit_code, subtask.result) == (1, "completed", 0, "success")
    assert subtask.start_time
    assert subtask.end_time


def test_each_node_knows_the_others(emulator: Running, job: str) -> None:
    emulator.task(job, "t", "/bin/true", **several("/bin/bash -c 'env > $AZ_BATCH_TASK_SHARED_DIR/seen'"))
    emulator.completed(job, "t")
    primary, other = nodes_of(emulator, job)
    address = emulator.client.get_node("cluster", other).ip_address
    root = f"{state_of(emulator)}/node"
    seen = written(emulator, job, "seen")
    for node in (primary, other):
        own = dict(line.split("=", 1) for line in seen[node].splitlines())
        expected = {
            "AZ_BATCH_HOST_LIST": f"127.0.0.1,{address}",
            "AZ_BATCH_NODE_LIST": f"127.0.0.1;{address}",
            "AZ_BATCH_MASTER_NODE": "127.0.0.1:6000",
            "AZ_BATCH_IS_CURRENT_NODE_MASTER": str(node == primary).lower(),
            "CCP_NODES": f"2 127.0.0.1 1 {address} 1",
            "AZ_BATCH_NODE_ID": node,
            "AZ_BATCH_NODE_IS_DEDICATED": "true",
            "AZ_BATCH_NODE_ROOT_DIR": root,
            "AZ_BATCH_TASK_SHARED_DIR": f"{root}/workitems/{job}/job-1/t",
        }
        assert {name: own.get(name) for name in expected} == expected


def test_the_shell_between_nodes_leads_to_the_nodes_of_the_task_alone(emulator: Running, job: str) -> None:
    reach = '"$PRTE_MCA_plm_ssh_agent" $host "hostname; pwd; exit 3"; echo $?'
    hosts = "${AZ_BATCH_HOST_LIST//,/ } 127.0.0.2 elsewhere"
    emulator.task(job, "t", f"/bin/bash -c 'for host in {hosts}; do {reach}; done'", **several())
    emulator.completed(job, "t")
    names = [hostname(node) for node in nodes_of(emulator, job)]
    root = f"{state_of(emulator)}/node"
    assert emulator.read(job, "t").splitlines() == [names[0], root, "3", names[1], root, "3", "255", "255"]
    assert "elsewhere is no node of this task" in emulator.read(job, "t", "stderr.txt")


def test_a_common_file_that_is_not_there_fails_the_task(
    emulator: Running, job: str, container: ContainerClient
) -> None:
    identity = m.BatchNodeIdentityReference(resource_id=IDENTITY)
    missing = m.ResourceFile(http_url=f"{container.url}/x", file_path="x", identity_reference=identity)
    emulator.task(job, "t", "/bin/true", **several(files=[missing]))
    assert failure(emulator.completed(job, "t")) == (None, "BlobNotFound")


@pytest.mark.parametrize("options", [{}, {"enable_inter_node_communication": True, "task_slots_per_node": 2}])
def test_a_pool_that_is_not_made_for_it_leaves_the_task_active(
    emulator: Running, name: str, options: dict[str, Any]
) -> None:
    job = emulator.job(name, emulator.pool(name, nodes=2, **options))
    emulator.task(job, "t", "/bin/true", **several())
    emulator.task(job, "other", "/bin/true")
    emulator.completed(job, "other")
    assert emulator.client.get_task(job, "t").state == "active"
    emulator.delete_job(job)


def test_nodes_are_kept_for_a_task_that_waits_for_several(emulator: Running, pool: str, job: str) -> None:
    emulator.task(job, "before", WAITS)
    emulator.task_in("running", job, "before")
    emulator.task(job, "impossible", "/bin/true", **several(nodes=9))
    emulator.task(job, "t", WAITS, **several())
    emulator.task(job, "after", "/bin/true")
    assert sorted(emulator.states(pool)) == ["idle", "running"]
    assert [emulator.client.get_task(job, task).state for task in ("t", "after")] == ["active", "active"]
    emulator.client.terminate_task(job, "before")
    emulator.task_in("running", job, "t")
    assert emulator.states(pool) == ["running", "running"]
    emulator.client.terminate_task(job, "t")
    emulator.completed(job, "after")
    assert emulator.client.get_task(job, "impossible").state == "active"


def test_nodes_are_not_kept_for_a_task_when_the_others_do_not_come(emulator: Running, name: str) -> None:
    job = emulator.job(name, mpi_pool(emulator, name, nodes=1))
    emulator.faults.put(f"/pools/{name}/allocation-failure")
    emulator.client.begin_resize_pool(name, {"targetDedicatedNodes": 2}, polling_interval=POLL)  # type: ignore[arg-type]
    until(lambda: emulator.client.get_pool(name).resize_errors)
    emulator.task(job, "t", "/bin/true", **several())
    emulator.task(job, "other", "/bin/true")
    emulator.completed(job, "other")
    assert emulator.client.get_task(job, "t").state == "active"
    emulator.faults.delete(f"/pools/{name}/allocation-failure")
    emulator.client.begin_resize_pool(name, {"targetDedicatedNodes": 2}, polling_interval=POLL)  # type: ignore[arg-type]
    emulator.completed(job, "t")
    emulator.delete_job(job)


def test_autoscale_counts_a_task_as_its_instances(emulator: Running, name: str) -> None:
    pool = mpi_pool(emulator, name, nodes=0)
    formula = "$TargetDedicatedNodes = max($PendingTasks.GetSample(1)); $NodeDeallocationOption = taskcompletion;"
    emulator.client.enable_pool_auto_scale(pool, {"autoScaleFormula": formula})  # type: ignore[arg-type]
    job = emulator.job(name, pool)
    emulator.task(job, "t", WAITS, **several(nodes=3))
    emulator.task_in("running", job, "t")
    assert len(nodes_of(emulator, job)) == 3
    run = until(lambda: emulator.client.get_pool(pool).auto_scale_run)
    again = until(lambda: found if (found := emulator.client.get_pool(pool).auto_scale_run) != run else None)
    assert "$TargetDedicatedNodes=3" in (again.results or "")
    emulator.client.terminate_task(job, "t")
    until(lambda: emulator.states(pool) == [])
    emulator.delete_job(job)


def test_without_namespaces_the_nodes_are_one_host(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "sh", "ls", "touch"):
        (programs / name).symlink_to(Path("/bin") / name)
    monkeypatch.setenv("PATH", str(programs))
    with running(state) as emulator:
        emulator.job("j", mpi_pool(emulator, "p"))
        command = "/bin/bash -c 'cd \"$AZ_BATCH_TASK_SHARED_DIR\"; ls; echo $AZ_BATCH_HOST_LIST'"
        emulator.task("j", "t", command, **several("bash -c 'touch \"$AZ_BATCH_TASK_SHARED_DIR/$AZ_BATCH_NODE_ID\"'"))
        emulator.completed("j", "t")
        *files, hosts = emulator.read("j", "t").split()
        assert set(nodes_of(emulator, "j")) < set(files)
        assert hosts == "127.0.0.1,127.0.0.1"
