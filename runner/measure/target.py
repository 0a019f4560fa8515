"""A server that runs already, and that the runner did not start: only its replies are observed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.engine.box import Exit, Nofile, SilenceError
from runner.kinds import METRICS
from runner.records.usage import Usage

UNKNOWN = "what other programs did is unknown: the server is one of them"
"""A note to its figures."""


@dataclass(frozen=True, slots=True)
class Target:
    """In the place of a box that was launched. It has no process that could be looked at, ended or
    accounted."""

    address: str
    pid: int = 0
    isolation: tuple[str, ...] = ()
    pinned: bool = False
    nofile: Nofile = field(default_factory=lambda: Nofile(0, 0))

    def read_line(self, timeout: float) -> str | None:
        del timeout
        raise SilenceError

    def write_line(self, line: str) -> None:
        del line

    def usage(self, *, memory: bool = True) -> Usage:
        """Nothing but the time of the sample."""
        del memory
        return Usage(time.monotonic_ns(), 0, 0, 0, 0, 0, 0, 0, 0)

    def exited(self, timeout: float) -> Exit | None:
        del timeout
        return None

    def stop(self, grace: float) -> Exit:
        del grace
        return Exit(0)

    def remove(self) -> None:
        """It is not the runner's."""

    def stderr(self) -> str:
        return ""

    @property
    def unseen(self) -> str:
        """Why nothing that rests on the accounting of its processes is measured."""
        return f"the server at {self.address} runs outside of the runner's boxes"


def without_accounting(metrics: Mapping[str, float | str]) -> dict[str, float | str]:
    """The metrics that need no view of the server's processes."""
    return {name: each for name, each in metrics.items() if not METRICS[name].accounted}
