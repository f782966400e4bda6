"""Azure Batch through azure-batch 15. Errors are told apart by Batch's code, never by the SDK's class.

Facts that shape this file: 409 is one class for everything; a create that was applied may answer with an error; with
an If-Match header every failure looks like a conflict; and ``begin_*`` starts a thread that polls, so deleting and
terminating are plain requests.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TypeVar

from azure.batch import BatchClient
from azure.batch import models as m
from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.core.rest import HttpRequest

from shared.adapters.autoscale import formula
from shared.adapters.batch_observations import EVALUATION, nodes_of, pool_observation, task_observation
from shared.application.ports import ComputeRejected, PoolObservation, Queue, TaskSpec, TryLater, another
from shared.domain.batch_states import TaskObservation
from shared.domain.compute import ComputeSpec
from shared.domain.definition import Priority
from shared.domain.value import Reason

Answer = TypeVar("Answer")
API = "api-version=2025-06-01"
JSON = {"Content-Type": "application/json; odata=minimalmetadata"}
GONE = {"PoolNotFound", "JobNotFound", "TaskNotFound"}
THERE = {"PoolExists", "JobExists", "TaskExists"}
OVER = {"TaskCompleted", "JobCompleted", "JobTerminating", "JobBeingTerminated", "PoolBeingDeleted", "JobBeingDeleted"}
BUSY = {
    "PoolBeingResized", "PoolBeingDeleted", "JobBeingDeleted", "JobBeingTerminated", "JobDisabled", "TooManyRequests",
    "ServerBusy", "OperationTimedOut", "InternalError", "AutoScaleTooManyRequestsToEnable",
    "TooManyEnableAutoScaleRequests", "ConditionNotMet",
}
"""What passes by itself. A quota does not: it is a refusal, which a caller is told at once."""
BUSY_STATUS = {408, 429, 500, 502, 503, 504}
JOB_PRIORITIES: Mapping[Priority, int] = {"low": -500, "normal": 0, "high": 500}
COORDINATION = "python3 -c pass"
"""What every node of a task on several must do well before the first one begins: Batch wants a command here."""
RECENT = timedelta(hours=1)


@dataclass(frozen=True)
class NodeImage:
    """What nodes run, and the identity by which Batch itself reads and writes storage for tasks."""

    publisher: str
    offer: str
    sku: str
    agent: str
    identity: str


class AzureBatch:
    """The ``Compute`` port over one Batch account."""

    def __init__(self, client: BatchClient, image: NodeImage) -> None:
        self._client = client
        self._image = image

    def ensure_pool(self, pool: str, spec: ComputeSpec, nodes: int, now: datetime) -> None:
        options = m.BatchPoolCreateOptions(
            id=pool,
            vm_size=spec.vm_size,
            virtual_machine_configuration=m.VirtualMachineConfiguration(
                image_reference=m.BatchVmImageReference(
                    publisher=self._image.publisher, offer=self._image.offer, sku=self._image.sku, version="latest"
                ),
                node_agent_sku_id=self._image.agent,
            ),
            enable_auto_scale=True,
            auto_scale_formula=formula(spec, nodes, now),
            auto_scale_evaluation_interval=EVALUATION,
            enable_inter_node_communication=True,  # It cannot be had later, when max_nodes is raised.
            task_slots_per_node=1,
        )
        _ask(lambda: self._client.create_pool(options), fine=THERE)

    def ensure_job(self, job: str, pool: str, priority: Priority = "normal") -> None:
        options = m.BatchJobCreateOptions(
            id=job, pool_info=m.BatchPoolInfo(pool_id=pool), priority=JOB_PRIORITIES[priority]
        )
        _ask(lambda: self._client.create_job(options), fine=THERE)

    def submit(self, task: TaskSpec) -> bool:
        code = _ask(lambda: self._client.create_task(task.job, self._task(task)), fine=THERE | GONE)
        if code in THERE:
            self._check_same(task)
        return code not in GONE

    def _check_same(self, task: TaskSpec) -> None:
        """Raises ``ComputeRejected`` when the task that has this name is another. Its URLs may differ: they move."""
        found: list[m.BatchTask] = []
        _ask(lambda: found.append(self._client.get_task(task.job, task.id)), fine=GONE)
        if not found:
            raise TryLater(f"Task {task.id} is being deleted.")
        variables = {setting.name: setting.value for setting in found[0].environment_settings or []}
        if (found[0].command_line, variables, nodes_of(found[0])) != (task.command, dict(task.variables), task.nodes):
            raise ComputeRejected(another(task))

    def _task(self, task: TaskSpec) -> m.BatchTaskCreateOptions:
        identity = m.BatchNodeIdentityReference(resource_id=self._image.identity)
        files = [m.ResourceFile(http_url=url, file_path=path, identity_reference=identity)
                 for path, url in task.files.items()]
        is_alone = task.nodes == 1
        return m.BatchTaskCreateOptions(
            id=task.id,
            command_line=task.command,
            resource_files=files if is_alone else None,
            multi_instance_settings=None if is_alone else m.MultiInstanceSettings(
                number_of_instances=task.nodes, coordination_command_line=COORDINATION, common_resource_files=files
            ),
            output_files=[m.OutputFile(
                file_pattern="../std*.txt",
                destination=m.OutputFileDestination(container=m.OutputFileBlobContainerDestination(
                    container_url=task.evidence, path=task.evidence_prefix, identity_reference=identity
                )),
                upload_options=m.OutputFileUploadConfiguration(
                    upload_condition=m.OutputFileUploadCondition.TASK_COMPLETION
                ),
            )],
            environment_settings=[m.EnvironmentSetting(name=n, value=v) for n, v in task.variables.items()],
            constraints=m.BatchTaskConstraints(
                max_wall_clock_time=task.limit, max_task_retry_count=0, retention_time=timedelta(days=1)
            ),
            user_identity=m.UserIdentity(auto_user=m.AutoUserSpecification(
                # The nodes of a pool let its own user in from each other by ssh, and no other user.
                scope=m.AutoUserScope.TASK if is_alone else m.AutoUserScope.POOL,
                elevation_level=m.ElevationLevel.NON_ADMIN,
            )),
        )

    def terminate(self, job: str, task: str) -> None:
        _ask(lambda: self._client.terminate_task(job, task), fine=GONE | OVER)

    def scale(self, pool: str, spec: ComputeSpec, nodes: int, now: datetime) -> None:
        options = m.BatchPoolEnableAutoScaleOptions(
            auto_scale_formula=formula(spec, nodes, now), auto_scale_evaluation_interval=EVALUATION
        )
        _ask(lambda: self._client.enable_pool_auto_scale(pool, options), fine=GONE)

    def remove(self, pool: str, nodes: Sequence[str]) -> None:
        _ask(lambda: self._client.disable_pool_auto_scale(pool), fine=GONE)
        body = {"nodeList": list(nodes), "nodeDeallocationOption": "requeue"}

        def send() -> None:
            request = HttpRequest("POST", f"/pools/{pool}/removenodes?{API}", json=body, headers=JSON)
            self._client.send_request(request).raise_for_status()

        _ask(send, fine=GONE | {"NodeNotFound"})

    def delete(self, pool: str, jobs: Sequence[str]) -> bool:
        gone = [self._delete(path) for path in (*(f"/jobs/{job}" for job in jobs), f"/pools/{pool}")]
        return all(gone)

    def _delete(self, path: str) -> bool:
        def send() -> None:
            self._client.send_request(HttpRequest("DELETE", f"{path}?{API}")).raise_for_status()

        return _ask(send, fine=GONE | OVER) in GONE

    def task(self, job: str, task: str) -> TaskObservation | None:
        found: list[m.BatchTask] = []
        _ask(lambda: found.append(self._client.get_task(job, task)), fine=GONE)
        return task_observation(found[0]) if found else None

    def tasks(self, job: str) -> Iterator[tuple[str, TaskObservation]]:
        wanted = f"state ne 'completed' or stateTransitionTime ge {_odata(datetime.now(UTC) - RECENT)}"
        found = self._list(job, wanted, ["id", "state", "executionInfo", "nodeInfo", "multiInstanceSettings"])
        return iter([(task.id, task_observation(task)) for task in found])

    def further_nodes(self, job: str, task: str) -> list[str]:
        found: list[m.BatchSubtask] = []
        _ask(lambda: found.extend(self._client.list_subtasks(job, task)), fine=GONE)
        return [str(each.node_info.node_id) for each in found
                if each.node_info and each.state != m.BatchSubtaskState.COMPLETED]

    def demand(self, jobs: Sequence[str], most: int) -> int:
        tasks = {job: self.queue([job]) for job in jobs}
        total = sum(queue.waiting + queue.running for queue in tasks.values())
        if total >= most:
            return total
        return sum(nodes_of(task) for job in jobs if tasks[job] != Queue()
                   for task in self._list(job, "state ne 'completed'", ["id", "multiInstanceSettings"]))

    def queue(self, jobs: Sequence[str]) -> Queue:
        counts = [said.task_counts for job in jobs for said in self._counts(job)]
        return Queue(sum(each.active for each in counts), sum(each.running for each in counts))

    def _counts(self, job: str) -> list[m.BatchTaskCountsResult]:
        found: list[m.BatchTaskCountsResult] = []
        _ask(lambda: found.append(self._client.get_job_task_counts(job)), fine=GONE)
        return found

    def ended_since(self, jobs: Sequence[str], at: datetime) -> bool:
        ended = f"state eq 'completed' and stateTransitionTime ge {_odata(at)}"
        return any(self._list(job, ended, ["id"], most=1) for job in jobs)

    def _list(self, job: str, wanted: str, select: list[str], most: int | None = None) -> list[m.BatchTask]:
        """Tasks of a job; ``most`` is the size of a page, of which the first is enough. None when it is gone."""
        found: list[m.BatchTask] = []

        def fetch() -> None:
            tasks = self._client.list_tasks(job, filter=wanted, select=select, max_results=most)
            found.extend(tasks if most is None else islice(tasks, most))

        _ask(fetch, fine=GONE)
        return found

    def pool(self, pool: str) -> PoolObservation | None:
        found: list[m.BatchPool] = []
        nodes: list[m.BatchNode] = []

        def look() -> None:
            found.append(self._client.get_pool(pool))
            nodes.extend(self._client.list_nodes(pool, select=["id", "state", "stateTransitionTime", "errors",
                                                                "startTaskInfo"]))

        _ask(look, fine=GONE)
        return pool_observation(found[0], nodes) if found else None


def _ask(call: Callable[[], object], fine: set[str]) -> str | None:
    """Call Batch. Returns the error code if it is one of ``fine``, none on success; else raises for the port."""
    try:
        call()
    except HttpResponseError as error:
        code, message = _said(error)
        if code in fine:
            return code
        if code in BUSY or error.status_code in BUSY_STATUS:
            raise TryLater(f"Batch says {code}: {message}") from error
        raise ComputeRejected(Reason(code=code, message=f"Batch refused: {code}: {message}")) from error
    except (ServiceRequestError, ServiceResponseError) as error:
        raise TryLater("Batch does not answer.") from error
    except AzureError as error:
        raise TryLater(f"Batch cannot be asked: {type(error).__name__}.") from error
    return None


def _said(error: HttpResponseError) -> tuple[str, str]:
    """Batch's code and first line of message. The SDK parses both for its own calls, not for ``send_request``."""
    parsed = getattr(error, "error", None)
    code = getattr(parsed, "code", None)
    message = getattr(getattr(parsed, "message", None), "value", None) or error.message
    if code is None and error.response is not None:
        try:
            body = json.loads(error.response.text())
            code, message = body["code"], body["message"]["value"]
        except (ValueError, KeyError, TypeError):
            code = f"Http{error.status_code}"
    return str(code), str(message).splitlines()[0].removeprefix(f"({code}) ")


def _odata(at: datetime) -> str:
    return f"datetime'{at.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S.%fZ')}'"
