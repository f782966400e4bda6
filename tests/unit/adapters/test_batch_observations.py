"""What is made of a pool's scaling as Batch tells it."""

from datetime import UTC, datetime, timedelta

import pytest
from azure.batch import models as m

from shared.adapters.batch_observations import EVALUATION, EVALUATIONS_MISSED, pool_observation


def pool(*, scales: bool = True, evaluated: timedelta | None = None) -> m.BatchPool:
    run = {} if evaluated is None else {"autoScaleRun": {"timestamp": (datetime.now(UTC) - evaluated).isoformat()}}
    return m.BatchPool({"id": "p", "allocationState": "steady", "enableAutoScale": scales,
                        "currentDedicatedNodes": 0, "currentLowPriorityNodes": 0, **run})


@pytest.mark.parametrize(("evaluated", "is_on", "scales"), [
    (None, True, True), (None, False, False), (EVALUATION, True, True),
    (EVALUATION * (EVALUATIONS_MISSED + 1), True, False)])
def test_whether_a_pool_scales(evaluated: timedelta | None, *, is_on: bool, scales: bool) -> None:
    assert pool_observation(pool(scales=is_on, evaluated=evaluated), []).scales is scales
