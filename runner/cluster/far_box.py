"""A load generator on another host, as the steps of a trial use it."""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress

from runner.cluster.leading import ANSWER_SECONDS, Leading, LentHost
from runner.engine.box import EngineError, Exit, Nofile, SilenceError
from runner.records.usage import Usage

_PIECE = 5.0
"""A read waits there for so many seconds at most, and then asks again: that renews nothing, but
notices a host that is gone."""
_GRACE = 2.0


class FarBox:
    """Implements Running. The process is not of this machine, so nothing of it is accounted here:
    the load generator itself reports its CPU time."""

    pid = 0
    isolation: tuple[str, ...] = ()
    pinned = True

    def __init__(
        self, leading: Leading, host: LentHost, number: int, nofile: Nofile, cpus: tuple[int, ...]
    ) -> None:
        self._leading, self.host, self.number = leading, host, number
        self.nofile, self.cpus = nofile, cpus
        self._waiting: deque[str] = deque()
        self._have = 0
        self._ended = self._removed = False

    def read_line(self, timeout: float) -> str | None:
        deadline = time.monotonic() + timeout
        while not self._waiting:
            if self._ended:
                return None
            left = max(0.0, deadline - time.monotonic())
            piece = min(_PIECE, left)
            answer = self._leading.ask(
                self.host, "read", piece + ANSWER_SECONDS, number=self.number, have=self._have,
                wait=piece,
            )  # fmt: skip
            self._waiting.extend(map(str, answer["lines"]))
            self._have += len(answer["lines"])
            self._ended = bool(answer["ended"])
            if not (self._waiting or self._ended) and piece >= left:
                raise SilenceError
        return self._waiting.popleft()

    def write_line(self, line: str) -> None:
        self._leading.ask(self.host, "say", number=self.number, line=line)

    def usage(self, *, memory: bool = True) -> Usage:
        del memory
        raise EngineError("a load generator on another host is not accounted here")

    def exited(self, timeout: float) -> Exit | None:
        about = self._leading.ask(
            self.host, "exited", timeout + ANSWER_SECONDS, number=self.number, wait=timeout
        )
        if not about:
            return None
        return Exit(about["code"], about["signal"], bool(about["oom"]))

    def stop(self, grace: float) -> Exit:
        self.remove()
        return self.exited(grace) or Exit(None, 9)

    def remove(self) -> None:
        """A host that is lost ends it itself, when its lease is over."""
        if not self._removed:
            self._removed = True
            with suppress(EngineError):
                self._leading.ask(self.host, "remove", _GRACE, number=self.number)

    def stderr(self) -> str:
        with suppress(EngineError):
            return str(self._leading.ask(self.host, "log", number=self.number)["text"])
        return ""
