"""An engine with scripted output: drives the runner's own logic without a kernel."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hdrh.histogram import HdrHistogram

from runner.engine.box import (
    Box,
    BuildError,
    EngineError,
    Exit,
    MissingError,
    Nofile,
    Program,
    Running,
    Say,
    SilenceError,
)
from runner.records.usage import Usage

ERRORS = (
    "connect_refused",
    "connect_timeout",
    "refused",
    "reset",
    "closed",
    "corrupt",
    "own_limit",
)
READY = "READY port=9000 model=fake"


@dataclass
class Script:
    """What a box will say and do. A line of None is a moment of silence: who waits for a line hears
    none, and the next one is there afterwards. `silent` after its lines means it neither speaks nor
    ends. `stopped` is how it ends when it is told to, `descriptors` how many it has open."""

    lines: list[Any]
    ended: Exit | None = None
    stderr: str = ""
    silent: bool = True
    cpu_share: float = 0.95
    on_read: Callable[[], None] | None = None
    stopped: Exit = field(default_factory=lambda: Exit(0))
    descriptors: int = 0
    isolation: tuple[str, ...] = ("net", "pid")
    pinned: bool = True
    pid: int = 0


@dataclass
class FakeBox:
    script: Script
    nofile: Nofile
    written: list[str] = field(default_factory=list)
    removed: bool = False
    samples: int = 0
    searched: list[bool] = field(default_factory=list)
    """Of each sample: whether it looked for memory."""

    def read_line(self, timeout: float) -> str | None:
        assert timeout >= 0
        if self.script.on_read:
            self.script.on_read()
        if self.script.lines:
            line = self.script.lines.pop(0)
            if line is None:
                raise SilenceError
            return str(line)
        if self.script.silent:
            raise SilenceError
        return None

    @property
    def pid(self) -> int:
        return self.script.pid

    @property
    def pinned(self) -> bool:
        return self.script.pinned

    @property
    def isolation(self) -> tuple[str, ...]:
        return self.script.isolation

    def write_line(self, line: str) -> None:
        self.written.append(line)

    def usage(self, *, memory: bool = True) -> Usage:
        self.samples += 1
        self.searched.append(memory)
        now = self.samples * 1_000_000_000
        cpu = int(now * self.script.cpu_share)
        return Usage(
            now,
            cpu,
            cpu // 4,
            cpu * 3 // 4,
            1 << 20,
            1,
            1,
            10 * self.samples,
            0,
            0,
            self.script.descriptors,
        )

    def exited(self, timeout: float) -> Exit | None:
        assert timeout >= 0
        return self.script.ended

    def stop(self, grace: float) -> Exit:
        assert grace >= 0
        self.remove()
        return self.script.stopped

    def remove(self) -> None:
        self.removed = True

    def stderr(self) -> str:
        return self.script.stderr


class FakeEngine:
    """Hands out scripted boxes in turn: server, fleet, server, fleet, ..."""

    name = "fake"

    def __init__(self, scripts: Iterable[Script | EngineError], nofile_max: int = 20_000) -> None:
        self._scripts = list(scripts)
        self._nofile_max = nofile_max
        self.boxes: list[FakeBox] = []
        self.asked: list[Box] = []
        self.leaving = False

    def environment(self) -> dict[str, object]:
        return {"lacks": []}

    def nofile_max(self) -> int:
        return self._nofile_max

    def exposed(self) -> Sequence[str]:
        return ()

    def free_port(self) -> int:
        return 9000

    def prepare(
        self, programs: Iterable[Program], say: Say
    ) -> Mapping[Program, BuildError | MissingError]:
        del programs, say
        return {}

    def launch(self, box: Box, beside: Running | None = None) -> Running:
        del beside
        script = self._scripts.pop(0)
        if isinstance(script, EngineError):
            raise script
        self.asked.append(box)
        self.boxes.append(FakeBox(script, box.nofile))
        return self.boxes[-1]

    def answers(self, seconds: float) -> bool:
        return seconds >= 0

    def stays(self, seconds: float) -> bool:
        return seconds >= 0 and not self.leaving

    def sweep(self, say: Say) -> int:
        del say
        return 0

    def close(self) -> None:
        for box in self.boxes:
            box.remove()


def event(name: str, **fields: Any) -> str:
    return json.dumps({"event": name, **fields})


def server(*lines: str, **fields: Any) -> Script:
    """It says these lines once clients have come."""
    return Script([READY, None, *lines], **fields)


def fleet(idle: int = 0, active: int = 1, requests: int = 1000, **result: Any) -> Script:
    """A fleet that connects all, drives `requests` in one second of 100 µs each, and says so."""
    latency = HdrHistogram(1_000, 3_600_000_000_000, 3)
    latency.record_value(100_000, requests)
    fields = {
        "interrupted": False,
        "requests": requests,
        "bytes": requests * 64,
        "seconds": 1.0,
        "errors": dict.fromkeys(ERRORS, 0),
        "idle_alive": idle,
        "active_alive": active,
        "latency": latency.encode().decode(),
        "cpu": {"user_ns": 2 * 10**8, "system_ns": 3 * 10**8, "wall_ns": 10**9, "run_ns": 5 * 10**8,
                "wait_ns": 0},
        "net": {"listen_drops": 0, "retransmits": 0},
        "served": None,
        "refused": None,
        "stopped_by": None,
        **result,
    }  # fmt: skip
    return Script(
        [
            event("hello", version=1),
            event("progress", phase="connecting", connected=1, rate=0, p99_ns=0),
            event(
                "connected", idle=idle, active=active, seconds=0.1, errors=dict.fromkeys(ERRORS, 0)
            ),
            event("measuring"),
            event("measured"),
            event("result", **fields),
        ]
    )
