"""A node may read and create the archives of its own run's packages, and nothing else of that container."""

from datetime import timedelta

import pytest

from shared.application import runs, snapshots
from shared.application.grants import grant
from shared.application.react import react
from shared.application.task import prepare
from shared.contract.requests import GrantsRequest, SnapshotFile, SnapshotRequest
from shared.contract.submission import SubmitRunRequest
from shared.domain.environment import digest
from shared.domain.errors import Invalid
from tests.unit.application.deployment import CAUSE, Deployment

NAME = "environments/cpython-311-x86_64-linux-gnu-glibc2.36.2.tar.gz"


def deployed(environment: dict[str, object], **more: object) -> Deployment:
    """A run in this environment, whose task is queued."""
    deployment = Deployment().submitted()
    files = SnapshotRequest(files=[SnapshotFile(path="train.py", content="pass")])
    snapshot = snapshots.create(deployment.backend, files).snapshot_id
    request = SubmitRunRequest.model_validate({
        "experiment": "tests", "snapshot_id": snapshot, "compute_target": "cpu", "script": "train.py", "run_id": "r2",
        "environment": environment, **more})
    runs.submit(deployment.backend, request, CAUSE, None)
    react(deployment.backend, "run-r2", CAUSE)
    return deployment


def test_grants_are_for_the_digest_of_the_runs_own_packages() -> None:
    deployment = deployed({"packages": {"pip": ["numpy"]}})
    run = runs.find(deployment.backend, "r2")
    assert run.definition
    given = grant(deployment.backend, "r2", 1, GrantsRequest(read=[NAME], create=[NAME]))
    place = f"environments/{digest(run.definition.environment)}/{NAME.partition('/')[2]}"
    assert place in given.read[NAME]
    assert place in given.create[NAME]
    with pytest.raises(Invalid):
        grant(deployment.backend, "r2", 1, GrantsRequest(write=[NAME]))


@pytest.mark.parametrize("name", [
    "environments/../0000/x.tar.gz", "environments/a/b.tar.gz", "environments/x.zip", "environments/.tar.gz",
    f"environments/{'x' * 300}.tar.gz", "environments/", "environments/a\n.tar.gz",
])
def test_other_names_are_refused(name: str) -> None:
    deployment = deployed({"packages": {"pip": ["numpy"]}})
    for request in (GrantsRequest(read=[name]), GrantsRequest(create=[name])):
        with pytest.raises(Invalid):
            grant(deployment.backend, "r2", 1, request)


@pytest.mark.parametrize(("environment", "minutes"), [
    ({}, 50 + 30), ({"python": "/opt/python"}, 50 + 30),
    ({"packages": {"pip": ["numpy"]}}, 50 + 50 + 30), ({"image": {"name": "lab/torch"}}, 50 + 50 + 30),
])
def test_batch_leaves_time_to_make_the_environment(environment: dict[str, object], minutes: int) -> None:
    deployment = deployed(environment, max_run_duration_seconds=50 * 60)
    assert prepare(deployment.backend, runs.find(deployment.backend, "r2")).limit == timedelta(minutes=minutes)


def test_without_packages_there_is_no_archive() -> None:
    deployment = deployed({"python": "/opt/python"})
    with pytest.raises(Invalid):
        grant(deployment.backend, "r2", 1, GrantsRequest(read=[NAME]))
