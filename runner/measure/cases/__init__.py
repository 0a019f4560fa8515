"""What each case of `runner/kinds/conformance.py` does to a server, one idea a file."""

from __future__ import annotations

from collections.abc import Mapping

from runner.measure.cases import crowded, echo, leaving, life, silent, together
from runner.measure.exam import Case

CASES: Mapping[str, Case] = {
    "ready": Case(life.ready, own_port=True),
    "bytes": Case(echo.every_value),
    "pieces": Case(echo.pieces),
    "pipelined": Case(echo.pipelined),
    "large": Case(echo.large),
    "half_close": Case(leaving.half_close),
    "empty": Case(leaving.empty),
    "reset": Case(leaving.reset),
    "come_and_go": Case(leaving.come_and_go),
    "together": Case(together.together),
    "slow_reader": Case(silent.slow_reader),
    "bounded": Case(silent.bounded),
    "crowd": Case(crowded.crowd, crowded.nofile_of_crowd, watched=crowded.CROWD[1] + 100),
    "limit": Case(crowded.limit, crowded.nofile_of_limit, watched=400),
    "idle": Case(silent.idle),
    "sigterm": Case(life.sigterm, ends=True),
    "sigterm_silent": Case(life.sigterm_silent, ends=True, greets=False),
}

__all__ = ["CASES"]
