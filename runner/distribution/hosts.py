"""Which machines the nodes of an attempt are, the first one being that whose runner has the attempt."""

from __future__ import annotations

import fcntl
import socket
import struct
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from runner.distribution.specification import Distribution
from runner.errors import RunFailed

LOOPBACK = "127.0.0.1"
_SIOCGIFADDR = 0x8915  # linux/sockios.h


def addresses(distribution: Distribution, variables: Mapping[str, str]) -> tuple[str, ...]:
    """The address of each node, by its number. Raises RunFailed when Batch names others than so many.

    AZ_BATCH_HOST_LIST need not begin with the node that runs the task; AZ_BATCH_MASTER_NODE is that node, with a port
    of Batch's own. https://learn.microsoft.com/azure/batch/batch-compute-node-environment-variables
    """
    if distribution.nodes == 1:
        return (LOOPBACK,)
    first = variables.get("AZ_BATCH_MASTER_NODE", "").partition(":")[0]
    others = [address for address in variables.get("AZ_BATCH_HOST_LIST", "").split(",") if address]
    if first in others:
        others.remove(first)
    if not first or len(others) + 1 != distribution.nodes:
        raise RunFailed("LauncherFailed", f"The run needs {distribution.nodes} nodes that reach each other, and Batch "
                        f"named {', '.join([first, *others]).strip(', ') or 'none'}.")
    return (first, *others)


def slots(nodes: Sequence[str], per_node: int) -> dict[str, int]:
    """Processes by machine: nodes with the same address are one machine, as when one machine stands for them all."""
    return {address: count * per_node for address, count in Counter(nodes).items()}


def interface(address: str) -> str | None:
    """The network interface with this IPv4 address, if there is one."""
    if address.startswith("127."):
        return "lo"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        return next((name for _, name in socket.if_nameindex() if _address(any_socket, name) == address), None)


def _address(any_socket: socket.socket, name: str) -> str | None:
    try:
        answer = fcntl.ioctl(any_socket.fileno(), _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
    except OSError:
        return None
    return socket.inet_ntoa(answer[20:24])


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens at now."""
    with ExitStack() as open_sockets:
        return [open_sockets.enter_context(_listening()).getsockname()[1] for _ in range(count)]


def _listening() -> socket.socket:
    found = socket.socket()
    found.bind(("", 0))
    return found
