"""Timer triggers: on time, late when the host was away, again under a retry policy."""

import time

from tests.integration.functions_host.conftest import MakeHost
from tests.integration.functions_host.host_process import HostProcess


def test_a_timer_runs_on_time_and_late_when_the_host_was_away(make: MakeHost) -> None:
    host = make(TICK="* * * * * *")
    host.wait_for("tick", 2)
    assert {line["past_due"] for line in host.journal("tick")} == {False}
    host.end()
    seen, ended = len(host.journal("tick")), time.monotonic()
    while time.monotonic() < ended + 1.1:  # until a due time has passed
        time.sleep(0.1)
    host.start()
    assert host.wait_for("tick", seen + 1)[seen]["past_due"] is True
    host.end()


def test_a_retry_policy_tries_again(host: HostProcess) -> None:
    assert host.admin("POST", "functions/stubborn", input="").status_code == 202
    assert [line["retries"] for line in host.journal("stubborn")] == [0, 1, 2]


def test_without_a_policy_a_failure_is_final(host: HostProcess) -> None:
    assert host.admin("POST", "functions/hopeless", input="").status_code == 500
