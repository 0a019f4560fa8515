"""The host of the server speaks to the load hosts, over the connections of Dask's workers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from distributed import Worker
from distributed.comm.core import CommClosedError
from distributed.utils import sync

from runner.engine.box import EngineError

T = TypeVar("T")
Answer = dict[str, Any]
ANSWER_SECONDS = 12.0
"""A host that does not answer for so long is lost."""
TRIPS = 20
OP = "iolab"
"""With the coordinator's name: what a worker of a load host answers to."""


@dataclass(frozen=True, slots=True)
class LentHost:
    """`url` is the address of its worker, `address` the host's own."""

    name: str
    url: str
    address: str


@dataclass(frozen=True, slots=True)
class Ahead:
    """By how much a clock is ahead of the own one, between two bounds, by the shortest of several
    round trips. In ns."""

    least: int
    most: int

    @property
    def middle(self) -> int:
        return (self.least + self.most) // 2

    @property
    def trip(self) -> int:
        return self.most - self.least

    def at_worst(self, other: Ahead) -> Ahead:
        """Of two comparisons: a clock that moved between them is known less well."""
        return Ahead(min(self.least, other.least), max(self.most, other.most))


class Leading:
    """Of one trial."""

    def __init__(self, worker: Worker, coordinator: str, hosts: Sequence[LentHost]) -> None:
        self._worker, self._op = worker, f"{OP}-{coordinator}"
        self.hosts = tuple(hosts)

    def ask(
        self, host: LentHost, verb: str, seconds: float = ANSWER_SECONDS, **about: object
    ) -> Answer:
        """Raises EngineError where the host is lost, or has failed."""
        return self._done(host, lambda: self._asked(host, verb, about), seconds)

    def ask_all(self, verb: str, about: Sequence[Answer]) -> list[Answer]:
        """All hosts at the same time, each with words of its own."""

        async def every() -> list[Answer]:
            pairs = zip(self.hosts, about, strict=True)
            return list(await asyncio.gather(*(self._asked(h, verb, own) for h, own in pairs)))

        return self._done(None, every, ANSWER_SECONDS)

    def ahead(self, host: LentHost) -> Ahead:
        """The other clock was read between the begin and the end of a round trip."""

        async def trips() -> Ahead:
            found = []
            for _ in range(TRIPS):
                began = time.monotonic_ns()
                there = int((await self._asked(host, "clock", {}))["now"])
                found.append(Ahead(there - time.monotonic_ns(), there - began))
            return min(found, key=lambda each: each.trip)

        return self._done(host, trips, ANSWER_SECONDS)

    async def _asked(self, host: LentHost, verb: str, about: Answer) -> Answer:
        rpc = getattr(self._worker.rpc(host.url), self._op)
        answer = await rpc(verb=verb, about=dict(about))
        if not isinstance(answer, dict):
            raise EngineError("its answer is none: it is not lent to this coordinator")
        if "error" in answer:
            raise EngineError(str(answer["error"]))
        return answer

    def _done(
        self, host: LentHost | None, begun: Callable[[], Coroutine[Any, Any, T]], seconds: float
    ) -> T:
        who = f"load host {host.name}" if host is not None else "a load host"
        try:
            made: T = sync(self._worker.loop, begun, callback_timeout=seconds)
        except EngineError as error:
            raise EngineError(f"{who}: {error}") from None
        except TimeoutError:
            raise EngineError(f"{who} was lost: no answer within {seconds:.0f} s") from None
        except (OSError, CommClosedError, RuntimeError) as error:
            raise EngineError(f"{who} was lost: {error or type(error).__name__}") from None
        return made
