"""Cosmos triggers: at least once, in order, held back by a retry policy."""

import subprocess

from azure.cosmos import ContainerProxy

from tests.integration.functions_host.host_process import HostProcess, eventually


def put(events: ContainerProxy, *names: str, fails: int = 0) -> None:
    for name in names:
        events.create_item({"id": name, "stream": "one", "fails": fails})


def handled(host: HostProcess, function: str = "steady_done") -> list[str]:
    return [str(each) for line in host.journal(function) for each in _list(line["ids"])]


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


def test_documents_come_once_in_order_in_small_batches(own_host: HostProcess) -> None:
    names = [f"event-{number}" for number in range(7)]
    put(own_host.events(), *names)
    eventually(lambda: len(handled(own_host)) >= len(names), "all documents")
    assert handled(own_host) == names
    assert max(len(_list(line["ids"])) for line in own_host.journal("steady_done")) <= 2


def test_a_retry_policy_holds_the_feed(own_host: HostProcess) -> None:
    put(own_host.events(), "bad", fails=1)
    own_host.wait_for("steady")
    put(own_host.events(), "after")
    eventually(lambda: "after" in handled(own_host), "the document after the bad one")
    assert handled(own_host) == ["bad", "after"]
    assert [line["retries"] for line in own_host.journal("steady") if "bad" in _list(line["ids"])] == [0, 1]


def test_without_a_policy_a_failed_batch_is_skipped(own_host: HostProcess) -> None:
    eventually(lambda: "careless" in leases(own_host), "the reader of now has noted when now was")
    put(own_host.events(), "bad", fails=1)
    own_host.wait_for("careless", ids=["bad"])
    put(own_host.events(), "after")
    own_host.wait_for("careless", ids=["after"])
    assert len(own_host.journal("careless", ids=["bad"])) == 1
    assert "skips 1 documents" in own_host.log()


def leases(host: HostProcess) -> str:
    """The ids of the documents in the lease container."""
    container = host.events().client_connection
    link = f"dbs/sample-{host.space}/colls/leases"
    found = container.QueryItems(link, "SELECT * FROM c", {"enableCrossPartitionQuery": True})
    return " ".join(str(each["id"]) for each in found)


def test_a_restarted_host_reads_on(own_host: HostProcess) -> None:
    put(own_host.events(), "before")
    eventually(lambda: "before" in handled(own_host), "the first document")
    own_host.end()
    put(own_host.events(), "while-away")
    own_host.start()
    eventually(lambda: "while-away" in handled(own_host), "the document written meanwhile")
    assert handled(own_host) == ["before", "while-away"]


def test_a_killed_host_gives_the_batch_again(own_host: HostProcess) -> None:
    put(own_host.events(), "hard", fails=1)
    own_host.wait_for("steady", ids=["hard"])
    own_host.end(subprocess.Popen.kill)
    assert not own_host.journal("steady_done")
    own_host.start()
    own_host.wait_for("steady_done", ids=["hard"])
