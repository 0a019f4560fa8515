"""Load generators on other hosts, scripted and without a network: lines, starts, ends."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from queue import Empty, SimpleQueue
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from distributed.utils import LoopRunner

from runner.cluster.leading import Leading, LentHost
from runner.cluster.load_hosts import LoadHosts
from runner.cluster.load_side import LoadSide
from runner.engine.box import Box, EngineError, Exit, Nofile, SilenceError
from runner.records.fleet_output import Cpu, FleetResult

PATIENCE = 30.0
HOSTS = [LentHost(f"lab-{n}", f"tls://10.0.0.{n}:1", f"10.0.0.{n}") for n in (2, 3)]
SERVER: Any = SimpleNamespace(pid=os.getpid())


class Scripted:
    """A load generator that measures nothing, and says when it began."""

    nofile = Nofile(100, 200)

    def __init__(self, box: Box) -> None:
        self.box = box
        self.removed = False
        self.lines: SimpleQueue[str | None] = SimpleQueue()
        self.lines.put('{"event":"connected"}')
        self.lines.put('{"event":"progress","phase":"connecting"}')

    def read_line(self, timeout: float) -> str | None:
        try:
            return self.lines.get(timeout=timeout)
        except Empty:
            raise SilenceError from None

    def write_line(self, line: str) -> None:
        assert line == "start"
        self.lines.put('{"event":"measuring"}')
        self.lines.put('{"event":"progress","phase":"measuring"}')
        self.lines.put('{"event":"measured"}')
        self.lines.put(json.dumps({"event": "result", "at": time.monotonic_ns(), "x": "y" * 2000}))

    def exited(self, timeout: float) -> Exit | None:
        del timeout
        return Exit(0) if self.removed else None

    def remove(self) -> None:
        self.removed = True
        self.lines.put(None)

    def stderr(self) -> str:
        return "its log"


class Engine:
    def __init__(self) -> None:
        self.launched: list[Scripted] = []

    def nofile_max(self) -> int:
        return 200

    def launch(self, box: Box) -> Scripted:
        self.launched.append(Scripted(box))
        return self.launched[-1]


class Far:
    """The two hosts, and what leads them; no connection is made."""

    def __init__(self, runner: LoopRunner) -> None:
        self.engines = [Engine(), Engine()]
        self.sides = [LoadSide(lambda own=own: own) for own in self.engines]  # type: ignore[misc]
        self.gone: set[str] = set()
        self.ends = [Thread(target=side.lend, daemon=True) for side in self.sides]
        for end in self.ends:
            end.start()
        worker: Any = SimpleNamespace(loop=runner.loop, rpc=self._rpc)
        self.hosts = LoadHosts(Leading(worker, "me", HOSTS))
        self.hosts.await_lent()

    def _rpc(self, url: str) -> object:
        side = self.sides[[host.url for host in HOSTS].index(url)]

        async def asked(verb: str, about: dict[str, Any]) -> dict[str, Any]:
            if url in self.gone:
                raise OSError("no route")
            return await side.answer(verb, about)

        return SimpleNamespace(**{"iolab-me": asked})


@pytest.fixture
def far() -> Iterator[Far]:
    runner = LoopRunner(asynchronous=False)
    runner.start()
    try:
        made = Far(runner)
        yield made
        for side in made.sides:
            side.release()
    finally:
        runner.stop()


def launched(far: Far, boxes: ExitStack, fleets: int = 1) -> list[Any]:
    trial: Any = SimpleNamespace(fleets=fleets, id="t")
    return [far.hosts.launch(boxes, trial, n, ("--wait",)) for n in range(2 * fleets)]


def result(at: int) -> FleetResult:
    return FleetResult(1, 1.0, {}, Cpu(10**9, 0, 0), "", began_ns=at)


def test_parts_are_shared_by_the_hosts_each_on_a_cpu_of_its_own(far: Far) -> None:
    with ExitStack() as boxes:
        parts = launched(far, boxes, fleets=2)
        assert [box.host.name for box in parts] == ["lab-2", "lab-2", "lab-3", "lab-3"]
        own = [each.box.cpus for each in far.engines[0].launched]
        assert [len(cpus) for cpus in own] == [1, 1]
        assert all(each.box.outside for each in far.engines[0].launched)
        assert [parts[0].nofile, parts[0].stderr()] == [Nofile(100, 200), "its log"]


def test_lines_come_in_order_and_progress_of_a_window_does_not(far: Far) -> None:
    with ExitStack() as boxes:
        parts = launched(far, boxes)
        events = [json.loads(parts[0].read_line(PATIENCE))["event"] for _ in range(2)]
        assert events == ["connected", "progress"]
        with pytest.raises(SilenceError):
            parts[0].read_line(0.0)
        far.hosts.start(SERVER, parts)
        events = [json.loads(parts[0].read_line(PATIENCE))["event"] for _ in range(3)]
        assert events == ["measuring", "measured", "result"]
        parts[0].remove()
        with pytest.raises(EngineError, match="load host lab-2: its load generator was ended"):
            parts[0].read_line(PATIENCE)


def test_all_begin_at_one_moment_and_their_windows_are_compared(far: Far) -> None:
    with ExitStack() as boxes:
        parts = launched(far, boxes)
        far.hosts.start(SERVER, parts)
        at = []
        for part in parts:
            while (line := json.loads(part.read_line(PATIENCE)))["event"] != "result":
                continue
            at.append(line["at"])
        apart = far.hosts.ended(SERVER, parts, [result(each) for each in at])
        disturbed = far.hosts.disturbance(parts, [result(each) for each in at], 1.0)
    assert [each.name for each in apart.hosts] == ["lab-2", "lab-3"]
    assert all(each.ahead_least_ns <= 0 <= each.ahead_most_ns for each in apart.hosts)
    assert all(each.began_ns > -each.round_trip_ns for each in apart.hosts), "before the start"
    assert abs(apart.skew_ns - abs(at[0] - at[1])) <= sum(e.round_trip_ns for e in apart.hosts)
    assert disturbed is None


def test_a_host_that_is_gone_is_named(far: Far) -> None:
    with ExitStack() as boxes:
        parts = launched(far, boxes)
        assert far.hosts.lost() == ""
        far.gone.add(HOSTS[1].url)
        with pytest.raises(EngineError, match="load host lab-3 was lost: no route"):
            parts[1].read_line(PATIENCE)
        assert far.hosts.lost() == "load host lab-3 was lost: no route"


def test_a_host_that_is_given_back_has_no_load_generator_left(far: Far) -> None:
    with ExitStack() as boxes:
        parts = launched(far, boxes)
        far.hosts.give_back()
        for end in far.ends:
            end.join(PATIENCE)
            assert not end.is_alive()
        assert all(each.removed for engine in far.engines for each in engine.launched)
        with pytest.raises(EngineError, match="it is not lent any more"):
            parts[0].read_line(PATIENCE)
        with pytest.raises(EngineError, match="this host is not lent any more"):
            launched(far, boxes)
