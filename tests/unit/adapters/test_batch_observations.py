"""What is made of a pool's scaling as Batch tells it."""

from datetime import UTC, datetime, timedelta

import pytest
from azure.batch import models as m

from shared.adapters.batch_observations import EVALUATION, EVALUATIONS_MISSED, pool_observation


def pool(*, scales: bool = True, evaluated: timedelta | None = None) -> m.BatchPool:
    run = {} if evaluated is None else {"autoScaleRun": {"timestamp": (datetime.now(UTC) - evaluated).isoformat()}}
    return m.BatchPool({"id": "p", "allocationState": "steady", "enableAutoScale": scales,
                        "currentDedicatedNodes": 0, "currentLowPriorityNodes": 0, **run})


@pytest.mark.parametrize(("given", "scales"), [
    (pool(), True), (pool(scales=False), False), (pool(evaluated=EVALUATION), True),
    (pool(evaluated=EVALUATION * (EVALUATIONS_MISSED + 1)), False)])
def test_whether_a_pool_scales(given: m.BatchPool, *, scales: bool) -> None:
    assert pool_observation(given, []).scales is scales
