"""Whether the clock was set, or the machine slept, while something was measured.

Every duration is taken from CLOCK_MONOTONIC, which cannot be set. But a wall clock that jumps
against it shows that the machine was suspended, moved to another host, or its clock set. What was
measured meanwhile is not valid.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

SET_SECONDS = 0.5
SLEW = 0.1
"""A clock that is being corrected runs faster or slower, chrony's by a tenth at most; one that is
set jumps."""
SLEPT_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Reading:
    """Seconds: `wall` CLOCK_REALTIME, `steady` CLOCK_MONOTONIC, `whole` CLOCK_BOOTTIME, which also
    counts while the machine is suspended."""

    wall: float
    steady: float
    whole: float


def now() -> Reading:
    return Reading(time.time(), time.monotonic(), time.clock_gettime(time.CLOCK_BOOTTIME))


def jump(before: Reading, after: Reading) -> str | None:
    """What happened to the clock between two readings; None when nothing did."""
    elapsed = after.steady - before.steady
    slept = (after.whole - before.whole) - elapsed
    if slept >= SLEPT_SECONDS:
        return f"the machine was suspended for {slept:.1f} s during the trial"
    by = (after.wall - before.wall) - elapsed
    if abs(by) >= SET_SECONDS + SLEW * elapsed:
        return (
            f"the clock jumped by {by:+.1f} s during the trial: it was set, or the machine was "
            "stopped or moved meanwhile"
        )
    return None
