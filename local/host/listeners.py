"""Make the listeners of an app: one per queue, feed and timer function, one per container of blob functions."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

from local.host import ncrontab
from local.host.app import Function
from local.host.blob_pattern import compile_pattern
from local.host.blob_trigger import POISON_QUEUE, BlobListener, BlobTrigger
from local.host.connections import Connections
from local.host.feed_trigger import FeedListener, Lease
from local.host.host_json import HostOptions
from local.host.invocation import Invoker
from local.host.listening import Listener
from local.host.queue_trigger import QueueListener
from local.host.receipts import Receipts
from local.host.settings import ConfigurationError, Settings
from local.host.timer_trigger import ScheduleStatus, TimerListener


@dataclass(frozen=True)
class _Makers:
    options: HostOptions
    connections: Connections
    settings: Settings
    state: Path
    host_id: str
    invoker: Invoker

    def queue(self, function: Function) -> Listener:
        service = self.connections.get(function.trigger.text("connection")).queues
        name = function.trigger.text("queueName")
        longest = self.settings.number("RUNSPOOR_MAX_POLLING", self.options.queues.max_polling_interval)
        return QueueListener(
            function, service.get_queue_client(name), service.get_queue_client(f"{name}-poison"),
            replace(self.options.queues, max_polling_interval=longest), self.invoker,
            lease=self.settings.number("RUNSPOOR_QUEUE_LEASE_SECONDS", 600))

    def feed(self, function: Function) -> Listener:
        trigger = function.trigger
        # A client of its own, because the SDK keeps the token of the last page in the client.
        monitored = self.connections.get(trigger.text("connection")).new_cosmos()
        leases = self.connections.get(trigger.text("leaseConnection") or trigger.text("connection")).new_cosmos()
        database = trigger.text("databaseName")
        lease = Lease(
            leases.get_database_client(trigger.text("leaseDatabaseName") or database),
            trigger.text("leaseContainerName", "leases"),
            f"{trigger.text('leaseContainerPrefix')}{database}.{trigger.text('containerName')}",
            bool(trigger.fields.get("createLeaseContainerIfNotExists")))
        container = monitored.get_database_client(database).get_container_client(trigger.text("containerName"))
        interval = self.settings.number("RUNSPOOR_FEED_POLLING", 0.1)
        return FeedListener(function, container, lease, self.invoker, interval)

    def timer(self, function: Function) -> Listener:
        try:
            schedule = ncrontab.parse(function.trigger.text("schedule"))
        except ValueError as error:
            raise ConfigurationError(f"function {function.name}: {error}") from error
        return TimerListener(function, schedule, ScheduleStatus(self.state / "timers" / f"{function.name}.json"),
                             self.invoker)

    def blobs(self, functions: list[Function]) -> list[Listener]:
        """One listener per container, so that several functions share a listing."""
        groups: dict[tuple[str, str], list[BlobTrigger]] = defaultdict(list)
        for function in functions:
            pattern = compile_pattern(function.trigger.text("path"))
            groups[function.trigger.text("connection"), pattern.container].append(BlobTrigger(function, pattern))
        if not groups:
            return []
        receipts = Receipts(self.connections.get("").blobs, self.host_id)
        slots = asyncio.Semaphore(self.options.blob_parallelism)
        return [self._blob_listener(*where, triggers, receipts, slots) for where, triggers in groups.items()]

    def _blob_listener(self, connection: str, container: str, triggers: list[BlobTrigger], receipts: Receipts,
                       slots: asyncio.Semaphore) -> Listener:
        storage = self.connections.get(connection)
        return BlobListener(
            storage.blobs.get_container_client(container), triggers, receipts,
            storage.queues.get_queue_client(POISON_QUEUE), self.invoker, slots=slots,
            attempts=self.options.poison_blob_threshold, interval=self.settings.number("RUNSPOOR_BLOB_POLLING", 0.2))


def build_listeners(functions: list[Function], options: HostOptions, connections: Connections, settings: Settings,
                    state: Path, host_id: str, invoker: Invoker) -> list[Listener]:
    """The listeners of all functions but the HTTP ones. Raises ConfigurationError when one cannot be made."""
    makers = _Makers(options, connections, settings, state, host_id, invoker)
    by_type: dict[str, list[Function]] = defaultdict(list)
    for function in functions:
        by_type[function.trigger.type].append(function)
    _check_leases(by_type["cosmosDBTrigger"])
    return [
        *(makers.queue(each) for each in by_type["queueTrigger"]),
        *makers.blobs(by_type["blobTrigger"]),
        *(makers.feed(each) for each in by_type["cosmosDBTrigger"]),
        *(makers.timer(each) for each in by_type["timerTrigger"]),
    ]


def _check_leases(functions: list[Function]) -> None:
    """Two functions on one feed with the same lease prefix would take each other's documents, in Azure too."""
    fields = ("connection", "databaseName", "containerName", "leaseContainerName", "leaseContainerPrefix")
    taken: dict[tuple[str, ...], str] = {}
    for function in functions:
        lease = tuple(function.trigger.text(field) for field in fields)
        if lease in taken:
            raise ConfigurationError(f"functions {taken[lease]} and {function.name} share a lease on one container; "
                                     "give each its own lease_container_prefix")
        taken[lease] = function.name
