"""Blob triggers: every version of a blob once, also over restarts."""

import base64
import json
import subprocess

from tests.integration.functions_host.host_process import HostProcess, eventually


def poisoned(host: HostProcess, blob: str) -> bool:
    queue = host.queues.get_queue_client("webjobs-blobtrigger-poison")
    if queue.queue_name not in [each.name for each in host.queues.list_queues()]:
        return False
    found = [json.loads(base64.b64decode(each.content)) for each in queue.peek_messages(32)]
    return any((each["ContainerName"], each["BlobName"]) == (f"inbox-{host.space}", blob) for each in found)


def test_functions_that_share_a_container(host: HostProcess) -> None:
    signals = host.container("signals")
    signals.upload_blob("run-1/1/completed.json", "grüße".encode(), metadata={"colour": "blue"})
    signals.upload_blob("run-1/1/started.json", b"{}")
    signals.upload_blob("run-1/1/other.txt", b"")
    name = f"signals-{host.space}/run-1/1/completed.json"
    (seen,) = host.wait_for("completed", name=name)
    assert (seen["body"], seen["length"], seen["metadata"]) == ("grüße", 7, {"colour": "blue"})
    assert str(seen["uri"]).endswith(name)
    host.wait_for("any_signal", 2)
    assert {line["name"] for line in host.journal("any_signal")} == {name, name.replace("completed", "started")}


def test_every_version_once(host: HostProcess) -> None:
    inbox, name = host.container("inbox"), f"inbox-{host.space}/versions"
    inbox.upload_blob("versions", b"first")
    host.wait_for("inbox_done", name=name, size=5)
    inbox.upload_blob("versions", b"second", overwrite=True)
    host.wait_for("inbox_done", name=name, size=6)
    inbox.upload_blob("another", b"third!!")
    host.wait_for("inbox_done", name=f"inbox-{host.space}/another")
    assert len(host.journal("inbox_done", name=name)) == 2


def test_names_with_slashes_and_unicode_and_great_length(host: HostProcess) -> None:
    inbox = host.container("inbox")
    names = ["a/b/c d.txt", "grüße/猫.json", "long/" + "x" * 1000]
    for name in names:
        inbox.upload_blob(name, b"1234")
    for name in names:
        host.wait_for("inbox_done", name=f"inbox-{host.space}/{name}")


def test_a_big_blob_is_read_whole(host: HostProcess) -> None:
    host.container("inbox").upload_blob("big", bytes(40_000_000))
    host.wait_for("inbox_done", name=f"inbox-{host.space}/big", size=40_000_000)


def test_a_blob_that_always_fails_goes_to_poison(host: HostProcess) -> None:
    host.container("inbox").upload_blob("bad", b"fail")
    eventually(lambda: poisoned(host, "bad"), "the poison message")
    assert len(host.journal("inbox", name=f"inbox-{host.space}/bad")) == 2
    host.container("inbox").upload_blob("after-bad", b"good")
    host.wait_for("inbox_done", name=f"inbox-{host.space}/after-bad")
    assert len(host.journal("inbox", name=f"inbox-{host.space}/bad")) == 2


def test_a_restarted_host_gives_only_what_is_new(own_host: HostProcess) -> None:
    inbox = own_host.container("inbox")
    inbox.upload_blob("old", b"1234")
    own_host.wait_for("inbox_done", name=f"inbox-{own_host.space}/old")
    own_host.end()
    inbox.upload_blob("while-away", b"1234")
    own_host.start()
    own_host.wait_for("inbox_done", name=f"inbox-{own_host.space}/while-away")
    assert len(own_host.journal("inbox_done")) == 2


def test_a_killed_host_leaves_the_blob(own_host: HostProcess) -> None:
    own_host.container("inbox").upload_blob("slow", b"wait" + b"1.5")
    own_host.wait_for("inbox", name=f"inbox-{own_host.space}/slow")
    own_host.end(subprocess.Popen.kill)
    assert not own_host.journal("inbox_done")
    own_host.start()
    own_host.wait_for("inbox", 2, name=f"inbox-{own_host.space}/slow")
    own_host.wait_for("inbox_done", name=f"inbox-{own_host.space}/slow")
