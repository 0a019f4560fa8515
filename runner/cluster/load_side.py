"""What a load host does while it is lent: it starts load generators, and passes on their lines.

The host of the server leads: it asks, by the connections that Dask's workers have with each other.
Nothing is said while a window lasts but what a load generator prints at its ends.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any

from runner import machine
from runner.engine.box import Engine, EngineError, Running, SilenceError
from runner.machine import Moment, moment
from runner.machine.network import device_to, traffic
from runner.measure.boxes import load_box

Answer = dict[str, Any]
LOOK_SECONDS = 1.0
_SHORT = 1024
"""A line of an event that is no result is shorter."""


@dataclass(slots=True)
class _Sender:
    """A load generator; `lines` are all that it printed, but its progress in the window."""

    running: Running
    loop: asyncio.AbstractEventLoop
    lines: list[str] = field(default_factory=list)
    moments: dict[str, Moment] = field(default_factory=dict)
    ended: bool = False
    more: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self) -> None:
        """Until its end."""
        while not self.ended:
            line = None
            with suppress(SilenceError, EngineError):
                line = self.running.read_line(LOOK_SECONDS)
                self.ended = line is None
            if line is not None and self._is_news(line):
                self.lines.append(line)
            if line is not None or self.ended:
                with suppress(RuntimeError):  # its worker is closing
                    self.loop.call_soon_threadsafe(self.more.set)

    def _is_news(self, line: str) -> bool:
        event: Any = {}
        if len(line) < _SHORT:
            with suppress(ValueError):
                event = json.loads(line)
        name = event.get("event") if isinstance(event, dict) else None
        if name in ("measuring", "measured"):
            self.moments[str(name)] = moment()
        return name != "progress" or event.get("phase") == "connecting"


class LoadSide:
    """`engine` begins the host's engine where it has none."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine
        self._lock = Lock()
        self._senders: dict[int, _Sender] = {}
        self._number = 0
        self._released = Event()
        self.lent = False

    def lend(self) -> None:
        """Returns when the host is given back, or what it does is not wanted any more."""
        self._released.clear()
        self.lent = True
        try:
            self._released.wait()
        finally:
            self.lent = False
            self._clear()

    def release(self) -> None:
        self._released.set()

    async def answer(self, verb: str, about: Answer) -> Answer:
        """What went wrong is an answer: another host may not be able to read an exception."""
        try:
            return await self._answered(verb, about)
        except EngineError as error:
            return {"error": str(error)}
        except Exception as error:  # noqa: BLE001 - of this trial alone
            return {"error": f"it failed: {type(error).__name__}: {str(error)[:300]}"}

    async def _answered(self, verb: str, about: Answer) -> Answer:
        if verb == "clock":
            return {"now": time.monotonic_ns()}
        if verb == "read":
            return await self._read(**about)
        if verb == "launch":
            about["loop"] = asyncio.get_running_loop()
        work = getattr(self, f"_{verb}")
        return dict(await asyncio.to_thread(work, **about))

    def _ready(self) -> Answer:
        return {"lent": self.lent}

    def _give_back(self) -> Answer:
        self.release()
        return {}

    def _launch(
        self, words: Sequence[str], place: int, label: str, loop: asyncio.AbstractEventLoop
    ) -> Answer:
        """Each on a CPU of its own, as far as there are any, and not on the first one."""
        if not self.lent:
            raise EngineError("this host is not lent any more")
        usable = machine.usable_cpus()
        cpus = usable[1:] or usable
        own = (cpus[place % len(cpus)],)
        engine = self._engine()
        sender = _Sender(engine.launch(load_box(engine, words, own, label, outside=True)), loop)
        with self._lock:
            self._number += 1
            number = self._number
            self._senders[number] = sender
        Thread(target=sender.hear, daemon=True, name="load").start()
        if self._released.is_set():
            self._clear()
        nofile = sender.running.nofile
        return {"number": number, "cpus": list(own), "nofile": [nofile.soft, nofile.hard]}

    async def _read(self, number: int, have: int, wait: float) -> Answer:
        """The lines after those that the leader has, as soon as there is one."""
        sender = self._sender(number)
        if len(sender.lines) <= have and not sender.ended:
            sender.more.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(sender.more.wait(), wait)
        return {"ended": sender.ended, "lines": sender.lines[have:]}

    def _start(self, numbers: Sequence[int], at: int) -> Answer:
        """Its load generators begin at this time of the host's own clock."""
        senders = [self._sender(number) for number in numbers]

        def wait() -> None:
            time.sleep(max(0, at - time.monotonic_ns()) / 1e9)
            for sender in senders:
                sender.running.write_line("start")

        Thread(target=wait, daemon=True, name="start").start()
        return {}

    def _say(self, number: int, line: str) -> Answer:
        self._sender(number).running.write_line(line)
        return {}

    def _exited(self, number: int, wait: float) -> Answer:
        ended = self._sender(number).running.exited(wait)
        if ended is None:
            return {}
        return {"code": ended.code, "signal": ended.signal, "oom": ended.oom}

    def _log(self, number: int) -> Answer:
        return {"text": self._sender(number).running.stderr()}

    def _traffic(self, server: str) -> Answer:
        seen = traffic([device_to(server)])
        return {"dropped": seen.dropped, "retransmits": seen.retransmits}

    def _moments(self, numbers: Sequence[int]) -> Answer:
        """The machine when the first of their windows began, and when the last one ended."""
        found = [self._sender(number).moments for number in numbers]
        if not all({"measuring", "measured"} <= set(each) for each in found):
            return {}
        first = min((each["measuring"] for each in found), key=lambda each: each.at_ns)
        last = max((each["measured"] for each in found), key=lambda each: each.at_ns)
        return {"first": _plain(first), "last": _plain(last)}

    def _remove(self, number: int) -> Answer:
        with self._lock:
            sender = self._senders.pop(number, None)
        if sender is not None:
            sender.running.remove()
        return {}

    def _clear(self) -> None:
        for number in list(self._senders):
            self._remove(number)

    def _sender(self, number: int) -> _Sender:
        sender = self._senders.get(number)
        if sender is None:
            raise EngineError("its load generator was ended: it is not lent any more")
        return sender


def _plain(seen: Moment) -> Answer:
    return {**seen.as_json(), "own_ns": seen.own_ns}
