"""Change feed functions: one that never gives up, one without a retry policy."""

from datetime import time
from typing import cast

import azure.functions as func

from .journal import note

bp = func.Blueprint()
# The library declares a time here; the service takes a truth value.
BEGINNING, NOW = cast(time, True), cast(time, False)


@bp.cosmos_db_trigger(arg_name="documents", connection="Cosmos", database_name="sample-%SPACE%",
                      container_name="events", lease_container_name="leases", lease_container_prefix="steady",
                      create_lease_container_if_not_exists=True, start_from_beginning=BEGINNING,
                      max_items_per_invocation=2)
@bp.retry(strategy="exponential_backoff", max_retry_count="-1", minimum_interval="00:00:01",
          maximum_interval="00:00:02")
def steady(documents: func.DocumentList, context: func.Context) -> None:
    retries = context.retry_context.retry_count
    note(function="steady", ids=[each["id"] for each in documents], retries=retries)
    if any(each.get("fails", 0) > retries for each in documents):
        raise RuntimeError("not yet")
    note(function="steady_done", ids=[each["id"] for each in documents], retries=retries)


@bp.cosmos_db_trigger(arg_name="documents", connection="Cosmos", database_name="sample-%SPACE%",
                      container_name="events", lease_container_name="leases", lease_container_prefix="careless",
                      start_from_beginning=NOW)
async def careless(documents: func.DocumentList) -> None:
    note(function="careless", ids=[each["id"] for each in documents])
    if any(each.get("fails") for each in documents):
        raise RuntimeError("as told")
