"""An engine that went away in mid-run: a daemon that is restarted is back within seconds."""

from __future__ import annotations

import time

from runner.engine.box import Engine, Say

PATIENCE = 60.0
"""Seconds that one run waits in all: a daemon that stays away must not make it last for hours."""


class WaitForEngine:
    """Waits for the engine after a trial that ended in ERROR, so that the rest of the plan is run
    on an engine that answers."""

    def __init__(self, engine: Engine, say: Say, patience: float = PATIENCE) -> None:
        self._engine = engine
        self._say = say
        self._left = patience

    def wait(self) -> None:
        if self._engine.answers(0.0) or self._left <= 0:
            return
        name = f"engine {self._engine.name}"
        self._say(f"{name} does not answer: waiting up to {self._left:.0f} s for it")
        began = time.monotonic()
        back = self._engine.answers(self._left)
        self._left -= time.monotonic() - began
        self._say(
            f"{name} answers again, the run goes on"
            if back
            else f"{name} is still away: the remaining trials will be ERROR"
        )
