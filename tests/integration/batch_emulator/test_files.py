"""Files to a task, of a task, and from a task, with a real storage account."""

from datetime import UTC, datetime, timedelta

import pytest
from azure.batch import models as m
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import ContainerClient, ContainerSasPermissions, generate_container_sas

from tests.integration.batch_emulator.conftest import IDENTITY
from tests.integration.batch_emulator.running import Running, until

REFERENCE = m.BatchNodeIdentityReference(resource_id=IDENTITY)
UNKNOWN = m.BatchNodeIdentityReference(resource_id="/subscriptions/s/unknown")


def sas(container: ContainerClient) -> str:
    return generate_container_sas(
        str(container.account_name),
        container.container_name,
        account_key=container.credential.account_key,
        permission=ContainerSasPermissions(read=True, write=True, list=True),
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )


def output(
    container_url: str,
    pattern: str,
    path: str | None = None,
    condition: str = "taskcompletion",
    identity: m.BatchNodeIdentityReference | None = None,
) -> m.OutputFile:
    place = m.OutputFileBlobContainerDestination(container_url=container_url, path=path, identity_reference=identity)
    return m.OutputFile(
        file_pattern=pattern,
        destination=m.OutputFileDestination(container=place),
        upload_options=m.OutputFileUploadConfiguration(upload_condition=condition),
    )


def names(container: ContainerClient) -> list[str]:
    return sorted(container.list_blob_names())


def test_resource_files_come_by_identity_and_by_sas(emulator: Running, job: str, container: ContainerClient) -> None:
    container.upload_blob("code/main.sh", b"echo ran")
    container.upload_blob("code/lib/x.txt", b"x")
    url = f"{container.url}/code/main.sh"
    emulator.task(
        job,
        "t1",
        "/bin/sh -c './by-identity && sh in/by-sas && cat all/code/lib/x.txt'",
        resource_files=[
            m.ResourceFile(http_url=url, file_path="by-identity", identity_reference=REFERENCE, file_mode="0755"),
            m.ResourceFile(http_url=f"{url}?{sas(container)}", file_path="in/by-sas"),
            m.ResourceFile(
                storage_container_url=container.url, blob_prefix="code/", file_path="all", identity_reference=REFERENCE
            ),
        ],
    )
    emulator.completed(job, "t1")
    assert emulator.read(job, "t1") == "ran\nran\nx"


@pytest.mark.parametrize(
    ("blob", "identity", "code"),
    [("missing", REFERENCE, "BlobNotFound"), ("missing", None, "BlobNotFound"), ("there", UNKNOWN, "BlobAccessDenied")],
)
def test_a_resource_file_that_cannot_be_had_fails_the_task(
    emulator: Running,
    job: str,
    container: ContainerClient,
    blob: str,
    identity: m.BatchNodeIdentityReference | None,
    code: str,
) -> None:
    container.upload_blob("there", b"")
    url = f"{container.url}/{blob}" if identity else f"{container.url}/{blob}?{sas(container)}"
    emulator.task(
        job,
        "t1",
        "/bin/true",
        constraints=m.BatchTaskConstraints(max_task_retry_count=2),
        resource_files=[m.ResourceFile(http_url=url, file_path="x", identity_reference=identity)],
    )
    info = emulator.completed(job, "t1").execution_info
    assert info
    assert info.failure_info
    assert (info.exit_code, info.retry_count, info.failure_info.code) == (None, 0, code)
    assert "sig=" not in str(info.failure_info.message)


def test_output_files_are_named_as_batch_names_them(emulator: Running, job: str, container: ContainerClient) -> None:
    url = f"{container.url}?{sas(container)}"
    emulator.task(
        job,
        "t1",
        "/bin/sh -c 'mkdir -p out/deep && echo a > out/a.txt && echo b > out/deep/b.txt; echo said'",
        output_files=[
            output(container.url, "../std*.txt", "logs", identity=REFERENCE),
            output(url, "out/a.txt", "single/renamed.txt"),
            output(url, "out/**/*.txt", "tree"),
            output(url, "out/*", None, "tasksuccess"),
            output(url, "out/a.txt", "never.txt", "taskfailure"),
        ],
    )
    info = emulator.completed(job, "t1").execution_info
    assert info
    assert info.failure_info is None
    assert names(container) == [
        "a.txt",
        "logs/stderr.txt",
        "logs/stdout.txt",
        "single/renamed.txt",
        "tree/a.txt",
        "tree/deep/b.txt",
    ]
    assert container.download_blob("logs/stdout.txt").readall() == b"said\n"


def test_output_files_of_a_failed_task_and_of_a_terminated_one(
    emulator: Running, job: str, container: ContainerClient
) -> None:
    for task_id, command in (("failed", "/bin/sh -c 'echo x; exit 2'"), ("ended", "/bin/sh -c 'echo x; sleep 600'")):
        emulator.task(
            job,
            task_id,
            command,
            output_files=[
                output(container.url, "../stdout.txt", f"{task_id}.txt", "taskfailure", REFERENCE),
                output(container.url, "../stdout.txt", f"{task_id}.success", "tasksuccess", REFERENCE),
            ],
        )
    until(lambda: emulator.client.get_task(job, "ended").state == "running" and emulator.read(job, "ended"))
    emulator.client.terminate_task(job, "ended")
    emulator.completed(job, "failed")
    assert names(container) == ["ended.txt", "failed.txt"]


@pytest.mark.parametrize(
    ("identity", "suffix", "code"),
    [
        (REFERENCE, "-missing", "FileUploadContainerNotFound"),
        (UNKNOWN, "", "BlobAccessDenied"),
        (None, "", "FileUploadMiscError"),
    ],
)
def test_an_upload_that_fails_fails_a_successful_task(
    emulator: Running,
    job: str,
    container: ContainerClient,
    identity: m.BatchNodeIdentityReference | None,
    suffix: str,
    code: str,
) -> None:
    emulator.task(
        job, "t1", "/bin/true", output_files=[output(container.url + suffix, "../stdout.txt", "x", identity=identity)]
    )
    info = emulator.completed(job, "t1").execution_info
    assert info
    assert info.failure_info
    assert (info.exit_code, info.result, info.failure_info.code) == (0, "failure", code)


def test_an_output_file_never_comes_from_outside_the_task(
    emulator: Running, job: str, container: ContainerClient
) -> None:
    emulator.task(
        job,
        "t1",
        "/bin/sh -c 'ln -s /etc/passwd passwd; echo secret > $AZ_BATCH_NODE_SHARED_DIR/other'",
        output_files=[
            output(container.url, "*", identity=REFERENCE),
            output(container.url, "../../../../shared/*", identity=REFERENCE),
            output(container.url, "/etc/host*", identity=REFERENCE),
        ],
    )
    emulator.completed(job, "t1")
    assert names(container) == []


def test_a_running_tasks_output_is_read_as_it_grows(emulator: Running, job: str) -> None:
    emulator.task(job, "t1", "/bin/sh -c 'echo one; while [ ! -e go ]; do sleep 0.02; done; echo two'")
    until(lambda: emulator.client.get_task(job, "t1").state == "running" and emulator.read(job, "t1") == "one\n")
    emulator.client.terminate_task(job, "t1")
    assert emulator.read(job, "t1") == "one\n"


def test_a_part_of_a_file_is_read(emulator: Running, job: str) -> None:
    emulator.task(job, "t1", "/bin/sh -c 'printf 0123456789'")
    emulator.completed(job, "t1")
    assert emulator.read(job, "t1", ocp_range="bytes=2-4") == "234"
    assert emulator.read(job, "t1", ocp_range="bytes=7-") == "789"
    assert emulator.read(job, "t1", ocp_range="bytes=8-99") == "89"
    with pytest.raises(HttpResponseError) as refused:
        emulator.read(job, "t1", ocp_range="bytes=10-12")
    assert refused.value.status_code == 416


def test_files_are_listed_with_their_properties(emulator: Running, job: str) -> None:
    emulator.task(job, "t1", '/bin/sh -c \'mkdir -p "a dir" && printf 12345 > "a dir/x.txt"\'')
    emulator.completed(job, "t1")
    assert {file.name for file in emulator.client.list_task_files(job, "t1")} == {"stdout.txt", "stderr.txt", "wd"}
    listed = {file.name: file for file in emulator.client.list_task_files(job, "t1", recursive=True)}
    file = listed["wd/a dir/x.txt"]
    assert listed["wd/a dir"].is_directory
    assert file.properties
    assert (file.properties.content_length, file.properties.content_type) == (5, "text/plain")
    properties = emulator.client.get_task_file_properties(job, "t1", "wd/a dir/x.txt")
    assert (properties.content_length, properties.is_directory) == (5, False)
    emulator.client.delete_task_file(job, "t1", "wd/a dir/x.txt")
    with pytest.raises(HttpResponseError) as refused:
        emulator.client.get_task_file_properties(job, "t1", "wd/a dir/x.txt")
    assert refused.value.status_code == 404


@pytest.mark.parametrize("path", ["nothing.txt", "../../../../../batch.sqlite", "wd"])
def test_only_a_file_of_the_task_is_found(emulator: Running, job: str, path: str) -> None:
    emulator.task(job, "t1", "/bin/true")
    emulator.completed(job, "t1")
    with pytest.raises(HttpResponseError) as refused:
        emulator.read(job, "t1", path)
    assert refused.value.status_code in (400, 404)


def test_a_task_that_waits_has_no_files(emulator: Running, name: str) -> None:
    job = emulator.job(name, emulator.pool(name, nodes=0))
    emulator.task(job, "t1", "/bin/true")
    with pytest.raises(HttpResponseError) as refused:
        list(emulator.client.list_task_files(job, "t1"))
    assert refused.value.error
    assert refused.value.error.code == "TaskFilesUnavailable"
