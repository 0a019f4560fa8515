"""SIGKILL at a few random moments; `make crash` does it fifty times."""

from __future__ import annotations

from pathlib import Path

from tests.faults.crash import crash


def test_a_run_that_is_killed_again_and_again_loses_nothing(tmp_path: Path) -> None:
    found = crash(tmp_path, kills=3, seed=3, repeat=6)
    assert found.kills == 3
    assert found.completed >= 1
