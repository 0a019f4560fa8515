"""A small assignment, and an engine with scripted boxes on which it is graded without a kernel."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runner.engine.box import Box, BuildError, MissingError, Program, Running, Say
from runner.grade.record import CheckGrade
from runner.paths import LABS
from runner.records.fleet_output import FleetProgress
from runner.records.outcome import Outcome
from runner.spec import Check
from tests.fake_engine import READY, FakeBox, FakeEngine, Script, fleet

PUBLIC = """\
version: 1
assignment:
  title: {en: A small echo server, zh: 小型回显服务器}
  model: select
  languages: [c, python]
  expected: 5s
defaults: {repeat: 4, max_repeat: 4, warmup: 20ms, duration: 100ms, disturbance: 100%, budget: 20s}
experiments:
  - id: echo
    title: Is every byte echoed?
    repeat: 1
    server: {lab: submission}
    fleet: {active: 4}
    hint: Look at partial writes.
    expect: [{metric: errors, of: {}, at_most: 0, points: 20}]
  - id: one
    title: Is it one process?
    repeat: 1
    server: {lab: submission}
    needs: [echo]
    expect: [{metric: processes, of: {}, equals: 1, points: 10}]
  - id: speed
    title: Is it half as quick as the reference?
    server: {lab: [submission, reference]}
    fleet: {active: 4}
    needs: [echo]
    expect:
      - {ratio: rate, of: {lab: submission}, to: {lab: reference}, at_least: 0.5, points: 30}
"""
HIDDEN = """\
version: 1
experiments:
  - id: secret
    title: Does it serve several clients?
    repeat: 1
    server: {lab: submission}
    fleet: {active: 7}
    needs: [one]
    hint: A hidden hint.
    expect: [{metric: errors, of: {}, at_most: 0, points: 40}]
"""


def assignment(home: Path) -> Path:
    """Its folder. The reference is the lab `select`."""
    folder = home / "small"
    (folder / "reference").mkdir(parents=True)
    for name in ("server.c", "server.py"):
        shutil.copy(LABS / "select" / name, folder / "reference" / name)
    (folder / "grade.yaml").write_text(PUBLIC, encoding="utf-8")
    (folder / "hidden.yaml").write_text(HIDDEN, encoding="utf-8")
    return folder


def submission(home: Path, name: str = "alice", lab: str = "select") -> Path:
    folder = home / name
    folder.mkdir(parents=True)
    shutil.copy(LABS / lab / "server.c", folder / "server.c")
    return folder


Rate = Callable[[Box], int]


class Scripted(FakeEngine):
    """Its servers behave; `rate` is how many requests a load generator has replies to. `refused`
    programs do not compile; a label in `broken` is that of a server that dies; `ring` says whether
    boxes have io_uring."""

    name = "process"

    def __init__(
        self, rate: Rate = lambda _: 1000, refused: Mapping[str, Exception] | None = None
    ) -> None:
        super().__init__(())
        self.rate = rate
        self.refused = dict(refused or {})
        self.broken: set[str] = set()
        self.ring = True
        self.ran: list[str] = []
        self.before: Callable[[Box], None] = lambda _: None

    def prepare(
        self, programs: Iterable[Program], say: Say
    ) -> Mapping[Program, BuildError | MissingError]:
        del say
        unbuilt: dict[Program, BuildError | MissingError] = {}
        for program in programs:
            error = self.refused.get(program.folder.name)
            if isinstance(error, BuildError | MissingError):
                unbuilt[program] = error
        return unbuilt

    def launch(self, box: Box, beside: Running | None = None) -> Running:
        del beside
        if box.program.role == "server":
            self.before(box)
            self.ran.append(box.label)
        script = self._script(box)
        self.asked.append(box)
        self.boxes.append(FakeBox(script, box.nofile))
        return self.boxes[-1]

    def _script(self, box: Box) -> Script:
        if box.program.role == "server":
            dead = any(label in box.label for label in self.broken)
            return Script(["HELLO"] if dead else [READY, None])
        if box.program.role == "probe":
            return Script([f"HAS io_uring={'yes' if self.ring else 'no'} liburing=yes uvloop=no"])
        active = int(box.args[box.args.index("--active") + 1])
        return fleet(active=active, requests=self.rate(box))

    def labels(self) -> list[str]:
        """The experiments whose servers were started, in order, each once in a row."""
        ids = [label.partition("/")[0] for label in self.ran]
        return [each for number, each in enumerate(ids) if number == 0 or ids[number - 1] != each]


@dataclass
class Seen:
    """A watcher that remembers."""

    begun: list[str] = field(default_factory=list)
    ended: list[CheckGrade] = field(default_factory=list)
    measured: list[Outcome] = field(default_factory=list)

    def begins(self, check: Check) -> None:
        self.begun.append(check.id)

    def ends(self, grade: CheckGrade) -> None:
        self.ended.append(grade)

    def started(self, trials: object) -> None: ...

    def event(self, progress: FleetProgress) -> None: ...

    def finished(self, measurement: Outcome) -> None:
        self.measured.append(measurement)

    def more(self, trials: int) -> None: ...

    def spared(self, trials: int) -> None: ...
