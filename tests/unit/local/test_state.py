"""The state directory: who may read it, and what stays the same from start to start."""

import stat
from pathlib import Path

import pytest

from local.lock import StateInUse
from local.state import State, open_state


def reopened(root: Path) -> State:
    first = open_state(root)
    first.lock.release()
    second = open_state(root)
    second.lock.release()
    assert (first.ports, first.key, first.token_key) == (second.ports, second.key, second.token_key)
    return second


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_may_read_what_is_made(tmp_path: Path) -> None:
    state = reopened(tmp_path / "below" / "state")
    assert mode(state.root) == 0o700
    assert mode(state.root / "system.json") == 0o600


def test_a_key_file_left_half_written_by_a_killed_start_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "system.new"
    half.write_text("{")
    half.chmod(0o644)
    assert mode(reopened(tmp_path).root / "system.json") == 0o600


def test_keys_are_long_and_differ(tmp_path: Path) -> None:
    one, other = reopened(tmp_path / "one"), reopened(tmp_path / "other")
    keys = {one.key, one.token_key, other.key, other.token_key}
    assert len(keys) == 4
    assert all(len(key) >= 32 for key in keys)


def test_a_directory_has_one_system_at_a_time(tmp_path: Path) -> None:
    state = open_state(tmp_path)
    with pytest.raises(StateInUse, match="stop it, or take another directory"):
        open_state(tmp_path)
    state.lock.release()
