"""Queue triggers: at least once, never lost."""

import json
import subprocess

from azure.storage.queue import QueueMessage

from tests.integration.functions_host.conftest import MakeHost
from tests.integration.functions_host.host_process import HostProcess, eventually


def is_empty(host: HostProcess, queue: str) -> bool:
    return host.queue(queue).get_queue_properties().approximate_message_count == 0


def poisoned(host: HostProcess, body: str) -> list[QueueMessage]:
    found = host.queue("work-SPACE-poison").receive_messages(visibility_timeout=1, messages_per_page=32)
    return [message for message in found if message.content == body]


def test_a_message_is_given_once_and_deleted(own_host: HostProcess) -> None:
    sent = own_host.queue("work-SPACE").send_message("grüße")
    own_host.wait_for("work", body="grüße", stage="done")
    eventually(lambda: is_empty(own_host, "work-SPACE"), "the message is deleted")
    (seen,) = own_host.journal("work", body="grüße", stage="begun")
    assert (seen["id"], seen["dequeue_count"], seen["receipt"]) == (sent.id, 1, True)
    assert str(seen["inserted"]).startswith("20")


def test_a_failed_message_comes_again(host: HostProcess) -> None:
    host.queue("work-SPACE").send_message("fail:2")
    (done,) = host.wait_for("work", body="fail:2", stage="done")
    assert done["dequeue_count"] == 3


def test_a_message_that_always_fails_goes_to_poison(host: HostProcess) -> None:
    host.queue("work-SPACE").send_message("fail:99")
    eventually(lambda: poisoned(host, "fail:99"), "the poison message")
    assert [line["dequeue_count"] for line in host.journal("work", body="fail:99")] == [1, 2, 3]


def test_a_message_that_is_not_base64_goes_to_poison_as_it_is(host: HostProcess) -> None:
    host.queues.get_queue_client(host.queue("work-SPACE").queue_name).send_message("not base64!")
    poison = host.queues.get_queue_client(host.queue("work-SPACE-poison").queue_name)
    eventually(lambda: any(each.content == "not base64!" for each in poison.peek_messages(32)), "the poison message")


def test_a_function_longer_than_the_lease_runs_once(host: HostProcess) -> None:
    host.queue("work-SPACE").send_message("sleep:3.1")
    host.wait_for("work", body="sleep:3.1", stage="done")
    eventually(lambda: not host.queue("work-SPACE").peek_messages(32), "the message is deleted")
    assert len(host.journal("work", body="sleep:3.1", stage="begun")) == 1


def test_many_messages_are_all_done(host: HostProcess) -> None:
    queue = host.queue("work-SPACE")
    bodies = {f"one of many {number}" for number in range(40)}
    for body in bodies:
        queue.send_message(body)
    eventually(lambda: bodies <= {line["body"] for line in host.journal("work", stage="done")}, "all messages")


def test_outputs_are_sent(host: HostProcess) -> None:
    bodies = ["first ä", "second"]
    assert host.http.post("/api/send", content=json.dumps(bodies)).text == "sent"
    host.queue("relay-SPACE").send_message("third")
    for body in [*bodies, "relayed third"]:
        host.wait_for("work", body=body, stage="done")


def test_a_killed_host_leaves_the_message(own_host: HostProcess) -> None:
    own_host.queue("work-SPACE").send_message("sleep:1.5")
    own_host.wait_for("work", body="sleep:1.5", stage="begun")
    own_host.end(subprocess.Popen.kill)
    assert not own_host.journal("work", stage="done")
    own_host.start()
    (done,) = own_host.wait_for("work", body="sleep:1.5", stage="done")
    assert done["dequeue_count"] == 2
    eventually(lambda: is_empty(own_host, "work-SPACE"), "the message is deleted")


def test_a_stopped_host_lets_functions_end(own_host: HostProcess) -> None:
    own_host.queue("work-SPACE").send_message("sleep:1")
    own_host.wait_for("work", body="sleep:1", stage="begun")
    own_host.end()
    assert own_host.journal("work", body="sleep:1", stage="done")
    assert is_empty(own_host, "work-SPACE")


def test_a_host_ends_with_its_parent(make: MakeHost) -> None:
    host = make()
    assert host.process.stdin
    host.process.stdin.close()
    assert host.process.wait(10) == 0
