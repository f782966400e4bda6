"""Pools get the nodes they should have, fixed or by formula, and let them go as asked."""

import pytest
from azure.batch import models as m
from azure.core.exceptions import HttpResponseError

from tests.integration.batch_emulator.running import POLL, Running, pool_options, until

WANT = "$TargetDedicatedNodes={nodes};$NodeDeallocationOption={option};"


def formula(nodes: int, option: str = "taskcompletion") -> str:
    return WANT.format(nodes=nodes, option=option)


def refusal(error: pytest.ExceptionInfo[HttpResponseError]) -> str | None:
    return error.value.error.code if error.value.error else None


def test_nodes_come_from_creating_to_idle(emulator: Running, name: str) -> None:
    emulator.client.create_pool(pool_options(name, target_dedicated_nodes=1, target_low_priority_nodes=1))
    assert emulator.client.get_pool(name).allocation_state == "resizing"
    assert set(emulator.states(name)) <= {"creating", "starting", "idle"}
    until(lambda: emulator.states(name) == ["idle", "idle"])
    pool = emulator.client.get_pool(name)
    assert (pool.current_dedicated_nodes, pool.current_low_priority_nodes) == (1, 1)
    assert sorted(str(node.is_dedicated) for node in emulator.client.list_nodes(name)) == ["False", "True"]
    counts = next(found for found in emulator.client.list_pool_node_counts() if found.pool_id == name)
    assert counts.dedicated
    assert counts.low_priority
    assert (counts.dedicated.idle, counts.low_priority.total) == (1, 1)


def test_a_pool_grows_and_shrinks(emulator: Running, name: str) -> None:
    emulator.pool(name, nodes=1)
    emulator.client.begin_resize_pool(
        name, m.BatchPoolResizeOptions(target_dedicated_nodes=3), polling_interval=POLL
    ).result()
    assert emulator.states(name) == ["idle"] * 3
    emulator.client.begin_resize_pool(
        name, m.BatchPoolResizeOptions(target_dedicated_nodes=0), polling_interval=POLL
    ).result()
    assert emulator.states(name) == []


def test_named_nodes_are_removed(emulator: Running, name: str) -> None:
    emulator.pool(name, nodes=2)
    gone, kept = (node.id for node in emulator.client.list_nodes(name))
    emulator.client.begin_remove_nodes(name, m.BatchNodeRemoveOptions(node_ids=[gone]), polling_interval=POLL).result()
    assert [node.id for node in emulator.client.list_nodes(name)] == [kept]
    assert emulator.client.get_pool(name).target_dedicated_nodes == 1


@pytest.mark.parametrize(
    ("option", "state", "requeued"),
    [("taskcompletion", "completed", 0), ("requeue", "active", 1), ("terminate", "completed", 0)],
)
def test_a_busy_node_leaves_as_asked(emulator: Running, name: str, option: str, state: str, requeued: int) -> None:
    emulator.pool(name, nodes=1)
    job = emulator.job(name, name)
    emulator.task(job, "t1", "/bin/sh -c 'sleep 0.5'")
    emulator.task_in("running", job, "t1")
    emulator.client.begin_resize_pool(
        name, m.BatchPoolResizeOptions(target_dedicated_nodes=0, node_deallocation_option=option), polling_interval=POLL
    ).result()
    info = emulator.task_in(state, job, "t1").execution_info
    assert emulator.states(name) == []
    assert info
    assert info.requeue_count == requeued
    assert info.result == {"taskcompletion": "success", "requeue": None, "terminate": "failure"}[option]


def test_a_resize_is_refused_while_another_goes_on_and_can_be_stopped(emulator: Running, name: str) -> None:
    emulator.faults.put(f"/pools/{name}/allocation-hold")
    emulator.client.create_pool(pool_options(name, target_dedicated_nodes=1))
    with pytest.raises(HttpResponseError) as refused:
        emulator.client.begin_resize_pool(name, m.BatchPoolResizeOptions(target_dedicated_nodes=2))
    assert refusal(refused) == "PoolBeingResized"
    assert emulator.states(name) == ["creating"]
    emulator.client.begin_stop_pool_resize(name, polling_interval=POLL).result()
    pool = emulator.client.get_pool(name)
    assert (pool.allocation_state, pool.target_dedicated_nodes) == ("steady", 0)
    assert [error.code for error in pool.resize_errors or []] == ["ResizeStopped"]
    emulator.faults.delete(f"/pools/{name}/allocation-hold")


def test_a_start_task_runs_before_the_node_is_idle(emulator: Running, name: str) -> None:
    start = m.BatchStartTask(
        command_line="/bin/sh -c 'echo $MARK > $AZ_BATCH_NODE_SHARED_DIR/mark'",
        wait_for_success=True,
        environment_settings=[m.EnvironmentSetting(name="MARK", value="ready")],
    )
    emulator.pool(name, nodes=1, start_task=start)
    emulator.task(emulator.job(name, name), "t1", "/bin/sh -c 'cat $AZ_BATCH_NODE_SHARED_DIR/mark'")
    emulator.completed(name, "t1")
    assert emulator.read(name, "t1") == "ready\n"


def test_a_failed_start_task_keeps_the_node_from_work(emulator: Running, name: str) -> None:
    start = m.BatchStartTask(command_line="/bin/sh -c 'exit 4'", wait_for_success=True, max_task_retry_count=1)
    emulator.client.create_pool(pool_options(name, target_dedicated_nodes=1, start_task=start))
    until(lambda: emulator.states(name) == ["starttaskfailed"])
    info = next(iter(emulator.client.list_nodes(name))).start_task_info
    assert info
    assert (info.exit_code, info.retry_count, info.result) == (4, 1, "failure")


def test_a_formula_is_evaluated_at_once_and_again(emulator: Running, name: str) -> None:
    emulator.client.create_pool(pool_options(name, enable_auto_scale=True, auto_scale_formula=formula(2)))
    until(lambda: emulator.states(name) == ["idle"] * 2)
    run = emulator.client.get_pool(name).auto_scale_run
    assert run
    assert run.results
    assert run.results.startswith("$TargetDedicatedNodes=2;$TargetLowPriorityNodes=0;")
    until(lambda: emulator.client.get_pool(name).allocation_state == "steady")
    emulator.client.enable_pool_auto_scale(name, m.BatchPoolEnableAutoScaleOptions(auto_scale_formula=formula(0)))
    until(lambda: emulator.states(name) == [])


def test_a_formula_follows_the_pending_tasks(emulator: Running, name: str) -> None:
    text = """want = $PendingTasks.GetSamplePercent(TimeInterval_Second) < 30 ? 0 :
                  max($PendingTasks.GetSample(TimeInterval_Second));
              $TargetDedicatedNodes = min(2, want); $NodeDeallocationOption = taskcompletion;"""
    emulator.client.create_pool(pool_options(name, enable_auto_scale=True, auto_scale_formula=text))
    job = emulator.job(name, name)
    emulator.task(job, "t1", "/bin/true")
    assert emulator.completed(job, "t1").execution_info
    until(lambda: emulator.states(name) == [])


def test_a_wrong_formula_is_refused_and_a_failing_one_says_so(emulator: Running, name: str) -> None:
    with pytest.raises(HttpResponseError) as refused:
        emulator.client.create_pool(pool_options(name, enable_auto_scale=True, auto_scale_formula="$Target = ("))
    assert refusal(refused) == "AutoScalingFormulaSyntaxError"
    emulator.client.create_pool(
        pool_options(name, enable_auto_scale=True, auto_scale_formula="$TargetDedicatedNodes=$Nope;")
    )
    run = until(lambda: emulator.client.get_pool(name).auto_scale_run)
    assert run.error
    assert "$Nope" in (run.error.message or "")
    tried = emulator.client.evaluate_pool_auto_scale(
        name, m.BatchPoolEvaluateAutoScaleOptions(auto_scale_formula=formula(7))
    )
    assert "$TargetDedicatedNodes=7" in (tried.results or "")
    assert not tried.error


def test_scaling_down_never_ends_a_task_with_taskcompletion(emulator: Running, name: str) -> None:
    emulator.client.create_pool(pool_options(name, enable_auto_scale=True, auto_scale_formula=formula(1)))
    until(lambda: emulator.states(name) == ["idle"])
    job = emulator.job(name, name)
    emulator.task(job, "t1", "/bin/sleep 0.5")
    emulator.task_in("running", job, "t1")
    emulator.client.enable_pool_auto_scale(name, m.BatchPoolEnableAutoScaleOptions(auto_scale_formula=formula(0)))
    assert emulator.client.get_pool(name).allocation_state == "resizing"
    info = emulator.completed(job, "t1").execution_info
    assert info
    assert info.result == "success"
    until(lambda: emulator.states(name) == [])


def test_an_autoscale_pool_is_not_resized_by_hand_until_disabled(emulator: Running, name: str) -> None:
    emulator.client.create_pool(pool_options(name, enable_auto_scale=True, auto_scale_formula=formula(0)))
    until(lambda: emulator.client.get_pool(name).allocation_state == "steady")
    with pytest.raises(HttpResponseError) as refused:
        emulator.client.begin_resize_pool(name, m.BatchPoolResizeOptions(target_dedicated_nodes=1))
    assert refused.value.status_code == 409
    emulator.client.disable_pool_auto_scale(name)
    pool = emulator.client.get_pool(name)
    assert (pool.enable_auto_scale, pool.auto_scale_formula) == (False, None)


def test_properties_are_updated_and_replaced(emulator: Running, name: str) -> None:
    emulator.pool(name, nodes=0)
    emulator.client.update_pool(name, m.BatchPoolUpdateOptions(metadata=[m.BatchMetadataItem(name="owner", value="x")]))
    assert [item.value for item in emulator.client.get_pool(name).metadata or []] == ["x"]
    emulator.client.replace_pool_properties(
        name, m.BatchPoolReplaceOptions(application_package_references=[], metadata=[])
    )
    assert emulator.client.get_pool(name).metadata == []


def test_a_deleted_pool_is_first_deleting_and_then_gone(emulator: Running, name: str) -> None:
    emulator.pool(name, nodes=1)
    job = emulator.job(name, name)
    emulator.task(job, "t1", "/bin/sleep 600")
    emulator.task_in("running", job, "t1")
    deletion = emulator.client.begin_delete_pool(name, polling_interval=POLL)
    assert emulator.client.get_pool(name).state == "deleting"
    deletion.result()
    assert emulator.client.get_task(job, "t1").state == "active"
    with pytest.raises(HttpResponseError) as refused:
        emulator.client.get_pool(name)
    assert refusal(refused) == "PoolNotFound"


def test_every_pool_has_the_identities_of_the_emulator(emulator: Running, pool: str) -> None:
    identity = emulator.client.get_pool(pool).identity
    assert identity
    assert identity.type == "UserAssigned"
    assert [known.resource_id.rsplit("/", 1)[1] for known in identity.user_assigned_identities or []] == ["nodes"]


def test_images_can_be_chosen_from(emulator: Running) -> None:
    images = list(emulator.client.list_supported_images())
    assert ("ubuntu-hpc", "2404", "batch.node.ubuntu 24.04") in [
        (image.image_reference.offer, image.image_reference.sku, image.node_agent_sku_id) for image in images
    ]


def test_secrets_of_a_pool_are_never_shown_again(emulator: Running, name: str) -> None:
    mount = m.AzureBlobFileSystemConfiguration(
        account_name="a", container_name="c", relative_mount_path="data", account_key="secret"
    )
    emulator.pool(name, nodes=0, mount_configuration=[m.MountConfiguration(azure_blob_file_system_configuration=mount)])
    shown = (emulator.client.get_pool(name).mount_configuration or [])[0].azure_blob_file_system_configuration
    assert shown
    assert (shown.container_name, shown.account_key) == ("c", None)
