"""A lease: what runs on a host ends by itself where its coordinator is not heard of any more.

Dask takes the tasks of a client that ended back. A coordinator that was stopped, or whose machine
is cut off, has not ended for Dask: its load would go on. So it renews a lease on each host.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Lock, Thread

SECONDS = 8.0
"""A busy coordinator renews late; the load of one that is gone lasts so long at most."""
RENEWED = 1.0
"""How often it is renewed."""


class Lease:
    """From `begin` to `stop`; `expired` is called once, by a thread of its own, where it was not
    renewed for so many seconds."""

    def __init__(
        self,
        expired: Callable[[], None],
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._expired, self._seconds, self._clock = expired, seconds, clock
        self._lock = Lock()
        self._until = 0.0
        self._stopped: Event | None = None

    @property
    def left(self) -> float:
        """Seconds; none after its end."""
        return max(0.0, self._until - self._clock())

    def renew(self) -> None:
        self._until = self._clock() + self._seconds

    def begin(self) -> None:
        self.renew()
        with self._lock:
            if self._stopped is None:
                self._stopped = Event()
                Thread(target=self._watch, args=(self._stopped,), daemon=True).start()

    def stop(self) -> None:
        with self._lock:
            stopped, self._stopped = self._stopped, None
        if stopped is not None:
            stopped.set()

    def _watch(self, stopped: Event) -> None:
        while not stopped.wait(self.left):
            if self.left > 0:
                continue
            self.stop()
            self._expired()
            return
