"""Operations on nodes, and the images they can have."""

from local.batch import allocation, odata
from local.batch.call import Answer, Call, listed, page
from local.batch.documents import Document, Key, wire
from local.batch.errors import BatchRefusal
from local.batch.validation import invalid

MAX_REMOVED = 100
# The counter of each node state in BatchNodeCounts.
COUNTERS = {
    "creating": "creating",
    "idle": "idle",
    "offline": "offline",
    "preempted": "preempted",
    "rebooting": "rebooting",
    "reimaging": "reimaging",
    "running": "running",
    "starting": "starting",
    "starttaskfailed": "startTaskFailed",
    "leavingpool": "leavingPool",
    "unknown": "unknown",
    "unusable": "unusable",
    "deallocated": "deallocated",
    "waitingforstarttask": "waitingForStartTask",
    "deallocating": "deallocating",
    "upgradingos": "upgradingOS",
}
HIDDEN = ("creationTime", "lastModified", "eTag", "previousState", "previousStateTransitionTime")
IMAGES: list[Document] = [
    {
        "nodeAgentSKUId": agent,
        "osType": "linux",
        "verificationType": "verified",
        "capabilities": capabilities,
        "imageReference": {"publisher": publisher, "offer": offer, "sku": sku, "version": "latest"},
        "batchSupportEndOfLife": end,
    }
    for publisher, offer, sku, agent, capabilities, end in (
        (
            "microsoft-dsvm",
            "ubuntu-hpc",
            "2404",
            "batch.node.ubuntu 24.04",
            ["DockerCompatible", "NvidiaTeslaDriverInstalled", "NvidiaGridDriverInstalled", "OpenMpiInstalled"],
            "2029-04-30T00:00:00Z",
        ),
        ("canonical", "ubuntu-24_04-lts", "server", "batch.node.ubuntu 24.04", [], "2029-04-30T00:00:00Z"),
        (
            "microsoft-dsvm",
            "ubuntu-hpc",
            "2204",
            "batch.node.ubuntu 22.04",
            ["DockerCompatible", "NvidiaTeslaDriverInstalled", "OpenMpiInstalled"],
            "2027-06-30T00:00:00Z",
        ),
        (
            "canonical",
            "0001-com-ubuntu-server-jammy",
            "22_04-lts",
            "batch.node.ubuntu 22.04",
            [],
            "2027-06-30T00:00:00Z",
        ),
    )
]


def find(call: Call) -> tuple[Key, Document]:
    call.pool()
    node_key = call.key("poolId", "nodeId")
    node = call.emulator.store.nodes.get(node_key)
    if node is None:
        raise BatchRefusal("NodeNotFound", NodeId=call.ids["nodeId"])
    return node_key, node


def get(call: Call) -> Answer:
    _, node = find(call)
    return Answer(odata.select({**wire(_public(node)), "url": call.url(_path(node))}, call.query.get("$select")))


def list_all(call: Call) -> Answer:
    pool_key, _ = call.pool()
    return listed(call, ((_path(node), _public(node)) for _, node in call.emulator.store.nodes.under(*pool_key)))


def counts(call: Call) -> Answer:
    return page(call, [_pool_counts(call, key, pool) for key, pool in call.emulator.store.pools])


def _pool_counts(call: Call, key: Key, pool: Document) -> Document:
    nodes = [node for _, node in call.emulator.store.nodes.under(*key)]
    return {
        "poolId": pool["id"],
        "dedicated": _counts([node for node in nodes if node["isDedicated"]]),
        "lowPriority": _counts([node for node in nodes if not node["isDedicated"]]),
    }


def _counts(nodes: list[Document]) -> Document:
    states = [node["state"] for node in nodes]
    return {**{counter: states.count(state) for state, counter in COUNTERS.items()}, "total": len(states)}


def remove(call: Call) -> Answer:
    """Remove the nodes named; the pool's targets go down by as many."""
    pool_key, pool = call.pool()
    call.check_version(pool)
    if pool["enableAutoScale"]:
        raise BatchRefusal(
            "OperationInvalidForCurrentState", PoolId=pool["id"], Reason="The pool has autoscale enabled."
        )
    if pool["allocationState"] != "steady":
        raise BatchRefusal("PoolBeingResized", PoolId=pool["id"])
    names = call.body["nodeList"]
    if not 1 <= len(names) <= MAX_REMOVED:
        raise invalid("nodeList", len(names), f"Name 1 to {MAX_REMOVED} nodes.")
    found = [((*pool_key, name.lower()), call.emulator.store.nodes.get((*pool_key, name.lower()))) for name in names]
    if missing := [key[1] for key, node in found if node is None]:
        raise BatchRefusal("NodeNotFound", NodeId=missing[0])
    leaving = [(key, node) for key, node in found if node is not None]
    option = call.body.get("nodeDeallocationOption", "requeue")
    kept = {
        dedicated: pool[target] - sum(node["isDedicated"] == dedicated for _, node in leaving)
        for dedicated, target, _, _ in allocation.KINDS
    }
    for key, node in leaving:
        call.emulator.store.nodes.put(key, {**node, "_leaving": option})
    allocation.begin(
        call.emulator, pool_key, pool, max(0, kept[True]), max(0, kept[False]), option, call.body.get("resizeTimeout")
    )
    return Answer()


def supported_images(call: Call) -> Answer:
    return page(call, IMAGES)


def _public(node: Document) -> Document:
    """Nodes have no version and no previous state of their own in Batch."""
    return {name: value for name, value in node.items() if name not in HIDDEN}


def _path(node: Document) -> str:
    return f"/pools/{node['_pool']}/nodes/{node['id']}"
