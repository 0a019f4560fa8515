"""A clock that jumps in mid-trial: that trial is INVALID and run again, all others are sound."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from runner.measure.clock import Reading, jump, now
from runner.records.outcome import Status
from tests.faults.runs import Run, assert_sound, folder_of, small

SOURCE = Path(__file__).parent / "clock.c"
START = Reading(1_000_000.0, 50.0, 60.0)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clock") / "clock.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", str(path)]
    subprocess.run([*command, str(SOURCE), "-ldl"], check=True)
    return path


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_a_clock_that_jumps_spoils_the_trial_it_jumped_in(
    tmp_path: Path, library: Path, seconds: int
) -> None:
    small(tmp_path, 2)
    env = {"LD_PRELOAD": str(library), "CLOCK_JUMP": str(seconds), "CLOCK_AFTER": "1"}
    ended = Run(tmp_path, "small.yaml", "--quick", "--engine", "process", env=env).end()
    assert_sound(ended)
    jumped = [m for m in folder_of(tmp_path).measurements() if "the clock jumped" in m.reason]
    assert [m.status for m in jumped] == [Status.INVALID]
    assert f"jumped by {seconds:+}.0 s during the trial" in jumped[0].reason
    assert f"{jumped[0].trial} INVALID: the clock jumped" in ended.err
    assert len({m.trial for m in folder_of(tmp_path).measurements()}) == 4
    last = {m.trial: m for m in folder_of(tmp_path).measurements()}[jumped[0].trial]
    assert "the clock jumped" not in last.reason, "it was run again"
    assert "(repeated: " in ended.out


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (Reading(1_000_002.0, 52.0, 62.0), None),
        (Reading(1_000_002.4, 52.0, 62.0), None),
        (Reading(1_000_064.0, 110.0, 120.0), None),
        (Reading(1_000_003.0, 52.0, 62.0), "jumped by +1.0 s"),
        (Reading(999_000.0, 52.0, 62.0), "jumped by -1002.0 s"),
        (Reading(1_000_012.0, 52.0, 72.0), "suspended for 10.0 s"),
    ],
)
def test_a_correction_is_no_jump(after: Reading, told: str | None) -> None:
    """chrony slews by a tenth at most; half a second at once is a step."""
    assert (told or "None") in str(jump(START, after))


def test_this_machines_clock_stands_still_enough() -> None:
    before = now()
    assert jump(before, now()) is None
