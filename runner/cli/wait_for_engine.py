"""An engine that went away in mid-run: a daemon that is restarted is back within seconds."""

from __future__ import annotations

import time

from runner.cli.progress import tell
from runner.engine.box import Engine

PATIENCE = 60.0
"""Seconds that one run waits in all: a daemon that stays away must not make it last for hours."""


class WaitForEngine:
    """Waits for the engine after a trial that ended in ERROR, so that the rest of the plan is run
    and not run into nothing."""

    def __init__(self, engine: Engine, patience: float = PATIENCE) -> None:
        self._engine = engine
        self._left = patience

    def wait(self) -> None:
        if self._engine.answers(0.0):
            return
        if self._left <= 0:
            return
        tell(f"engine {self._engine.name} does not answer: waiting up to {self._left:.0f} s for it")
        began = time.monotonic()
        back = self._engine.answers(self._left)
        self._left -= time.monotonic() - began
        told = "is back, the plan goes on" if back else "stays away: what is left will be ERROR"
        tell(f"engine {self._engine.name} {told}")
