"""Waiting for a cluster, and saying how it goes in v1's lines."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from runspoor.sdk.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from runspoor.sdk.aml_compute import AmlCompute

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
"""Seconds between two looks: it may be there at once, and a cluster takes minutes."""
QUOTA = "QuotaReached"
"""Batch's codes for what no waiting mends end so; of other problems it may get nodes at the next try."""


class Progress:
    """A line per state, a dot per look; nothing when nobody looks on."""

    def __init__(self, show: bool) -> None:
        self._show, self._state = show, ""

    def saw(self, state: str) -> None:
        self._print("." if state == self._state else f"\n{state}" if self._state else state)
        self._state = state

    def say(self, *lines: str) -> None:
        self._print("\n" + "\n".join(lines) + "\n")

    def _print(self, text: str) -> None:
        if self._show:
            sys.stdout.write(text)
            sys.stdout.flush()


class Looks:
    """Pauses that grow, until the time is over."""

    def __init__(self, seconds: float) -> None:
        self._deadline, self._pause = time.monotonic() + seconds, FIRST_PAUSE

    def again(self) -> bool:
        """Whether there is time for another look; waits for it."""
        left = self._deadline - time.monotonic()
        time.sleep(max(0.0, min(self._pause, left)))
        self._pause = min(self._pause * 1.5, LONGEST_PAUSE)
        return left > 0


def wait_for_nodes(target: AmlCompute, show: bool, least: int | None, seconds: float) -> None:
    """Wait until the cluster is made and has ``least`` nodes (none: the least it has)."""
    progress, looks = Progress(show), Looks(seconds)
    while not _is_there(target, least):
        progress.saw(target.provisioning_state if target.provisioning_state != "Succeeded" else "Resizing")
        if not looks.again():
            progress.say("AmlCompute wait for completion finished", "", "Wait timeout has been reached",
                         f'Current provisioning state of AmlCompute is "{target.provisioning_state}" and current node '
                         f'count is "{target.status.current_node_count}"')
            return
    progress.saw("Succeeded")
    progress.say("AmlCompute wait for completion finished", "",
                 "Minimum number of nodes requested have been provisioned")


def _is_there(target: AmlCompute, least: int | None) -> bool:
    status = target.get_status()
    most, wanted = target.scale_settings.maximum_node_count, target.scale_settings.minimum_node_count
    wanted = wanted if least is None else least
    if wanted > most:
        raise ComputeTargetException(f"{target.name} never has {wanted} nodes (min_node_count): its max_nodes is "
                                     f"{most}.")
    if status.provisioning_state == "Failed":
        raise ComputeTargetException(f"{target.name} could not be made: {_words(status.errors)} Change what Batch "
                                     "refuses, then create it again.")
    if status.provisioning_state == "Deleting":
        raise ComputeTargetException(f"{target.name} is being deleted, and will have no nodes.")
    if status.provisioning_state != "Succeeded" or status.current_node_count < wanted:
        _check_quota(target, status.errors)
        return False
    return True


def _check_quota(target: AmlCompute, problems: list[dict[str, dict[str, str]]] | None) -> None:
    hopeless = [each for each in problems or () if each["error"]["code"].endswith(QUOTA)]
    if hopeless:
        raise ComputeTargetException(f"{target.name} gets no nodes: {_words(hopeless)} Ask for a higher quota, or for "
                                     "fewer or smaller nodes.")


def _words(problems: list[dict[str, dict[str, str]]] | None) -> str:
    said = dict.fromkeys(_sentence(**each["error"]) for each in problems or ())
    return " ".join(said) or "Batch does not say why."


def _sentence(code: str, message: str) -> str:
    plain = message.rstrip(". ")
    return f"{plain}." if code in plain else f"{code}: {plain}."


def wait_until_gone(target: AmlCompute, show: bool, seconds: float) -> None:
    """Wait until nothing is left of the cluster."""
    progress, looks = Progress(show), Looks(seconds)
    while _exists(target):
        progress.saw(target.provisioning_state)
        if not looks.again():
            progress.say("Wait timeout has been reached", f"{target.name} is still {target.provisioning_state}")
            return
    progress.say("Delete operation finished")


def _exists(target: AmlCompute) -> bool:
    try:
        target.refresh_state()
    except ComputeTargetException:
        return False
    return True
