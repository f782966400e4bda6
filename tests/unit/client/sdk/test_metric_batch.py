"""Whatever is logged, the backend takes the requests that are made of it."""

from hypothesis import given, settings
from hypothesis import strategies as st
from runspoor import points
from runspoor.points import Entry
from runspoor.sdk.metric_batch import NAMES, batch_length, request

from shared.application.metric_write import write
from shared.contract.requests import MetricsRequest
from tests.unit.application.deployment import RUN, Deployment

BYTES = 2_000_000
"""More than one request takes."""
TEXTS = st.tuples(st.sampled_from("xé\n"), st.integers(1, 20_000)).map(lambda drawn: drawn[0] * drawn[1])


def logged(text: str, name: str, names: int, calls: int, at_once: int) -> list[Entry]:
    """The same value so often, under names of one length."""
    made = [f"{number:04d}{name}" for number in range(names)]
    return [entry for number in range(calls) for entry in points.scalars(made[number % names], [text] * at_once)]


@settings(max_examples=8)
@given(TEXTS, st.text("aé", max_size=250), st.integers(1, 1_500), st.integers(1, 1_500), st.integers(1, 300))
def test_no_request_is_larger_than_the_backend_keeps(text: str, name: str, names: int, calls: int,
                                                     at_once: int) -> None:
    backend = Deployment().backend
    calls = min(calls, BYTES // len(text))
    rest = logged(text, name, names, calls, max(1, min(at_once, BYTES // len(text) // calls)))
    while rest:
        taken = batch_length(rest[:NAMES])
        assert write(backend, RUN, MetricsRequest.model_validate(request(rest[:taken])), str(len(rest)))
        rest = rest[taken:]
