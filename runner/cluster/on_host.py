"""What runs on a host, in its Dask worker: the lab's engine, and the session's way to run trials.

The coordinator registers the plugin under a name of its own. A task of Dask is one trial or one
interleaved group: Dask takes it back when the coordinator ends, however that ends, and then its
boxes are ended too. A worker that loses its scheduler closes, and with it the engine.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from distributed import Worker, get_worker
from distributed.diagnostics.plugin import WorkerPlugin

from runner import machine
from runner.cluster.examined import HostFacts
from runner.cluster.leading import OP, Leading, LentHost
from runner.cluster.lease import Lease
from runner.cluster.load_hosts import LoadHosts
from runner.cluster.load_side import LoadSide
from runner.cluster.parcel import Parcel
from runner.cluster.travel import lay_out, unpacked
from runner.engine import doorway
from runner.engine.box import BuildError, Engine, EngineError, MissingError, Program, Say
from runner.engine.digest import digest
from runner.engine.scratch import scratch, sweep
from runner.machine.doctor import Check, Needs
from runner.measure import FLEET_PROGRAM, programs
from runner.measure.afar import Afar
from runner.paths import CACHE, LABS, PACKAGE
from runner.plan import Trial
from runner.records.json_line import line_of
from runner.session.conditions import here
from runner.session.host import ThisMachine

Choose = Callable[[str, Say], Engine]
Examine = Callable[[Needs], tuple[Check, ...]]
KEY = "iolab-"
"""The tasks of all coordinators begin so."""
ROOM = 1 << 20
RAN = "executing", "long-running"
FOLDERS = CACHE / "cluster"
"""What coordinators send is in folders below it, each as long as its coordinator uses this host."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A trial of each cell, with the parcels of the servers that are no labs; `trusted`: there are
    none, or the user trusts them."""

    trials: Sequence[Trial] = ()
    parcels: Mapping[str, Parcel] = field(default_factory=dict)
    trusted: bool = True


class OnHost(WorkerPlugin):
    """The engine of this host, as long as a coordinator uses it."""

    def __init__(self, name: str, engine: str, choose: Choose) -> None:
        self.name = name
        self._engine_name = engine
        self._choose = choose

    def setup(self, worker: Worker) -> None:
        self.load_side = LoadSide(self.load_engine)
        self.lease = Lease(self.end)
        worker.handlers[f"{OP}-{self.name}"] = self.load_side.answer
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._unbuilt: dict[Program, BuildError | MissingError] = {}
        self._built: set[Program] = set()
        self._kept = ExitStack()
        self._place = LABS

    def teardown(self, worker: Worker) -> None:
        worker.handlers.pop(f"{OP}-{self.name}", None)
        self.lease.stop()
        self.end()
        self._kept.close()

    def lay_out(self, parcels: Mapping[str, Parcel]) -> None:
        """What the servers consist of that are no labs. Raises ParcelError, OSError."""
        if parcels:
            self._place = self._kept.enter_context(new_folder())
            lay_out(parcels, self._place)

    def unpacked(self, trials: Sequence[Trial]) -> tuple[Trial, ...]:
        return unpacked(trials, self._place)

    def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
        """A trial that runs is wanted no more: its coordinator has stopped, or is gone."""
        if str(key).startswith(f"{KEY}{self.name}") and start in RAN and finish == "cancelled":
            threading.Thread(target=self.end, daemon=True).start()

    def engine(self) -> Engine:
        """Begun anew where it was ended."""
        with self._lock:
            if self._engine is None:
                self._engine = self._choose(self._engine_name, _silent)
                self._engine.sweep(_silent)
                doorway.sweep()
                self._engine.prepare([], _silent)  # what it needs itself
            return self._engine

    def prepared(self, needed: Sequence[Program], afar: Afar | None = None) -> ThisMachine:
        """With these programs built, each once; `afar` are hosts that send the load."""
        engine = self.engine()
        missing = [each for each in needed if each not in self._built]
        if missing:
            self._unbuilt.update(engine.prepare(missing, _silent))
            self._built.update(missing)
        return ThisMachine(engine, self._unbuilt, _silent, afar)

    @property
    def unbuilt(self) -> Mapping[Program, BuildError | MissingError]:
        """Of the programs that were to be built so far, with the reason."""
        return self._unbuilt

    @contextmanager
    def watching(self, child: subprocess.Popen[bytes]) -> Iterator[None]:
        """A runner that grades a submission: it ends with what this coordinator wants here."""
        self._child = child
        try:
            yield
        finally:
            self._child = None

    def load_engine(self) -> Engine:
        """With the load generator built."""
        self.prepared([FLEET_PROGRAM])
        return self.engine()

    def end(self) -> None:
        """Removes every box. A runner that grades removes its own."""
        self.load_side.release()
        child = self._child
        if child is not None:
            child.terminate()
        with self._lock:
            engine, self._engine = self._engine, None
            self._built.clear()
            self._unbuilt = {}
        if engine is not None:
            engine.close()


@contextmanager
def new_folder() -> Iterator[Path]:
    """What killed workers left there is removed as well. Raises OSError."""
    FOLDERS.mkdir(parents=True, exist_ok=True)
    sweep(FOLDERS)
    with scratch(FOLDERS) as folder:
        yield folder


def examine(name: str, sent: Sent, needs: Needs, checks: Examine) -> HostFacts:
    """All that the coordinator asks of this host before it measures, built programs included:
    nothing of a stranger's is built where it could not be confined."""
    plugin = own(name)
    engine = plugin.engine()
    if sent.trusted or not engine.exposed():
        plugin.lay_out(sent.parcels)
        plugin.prepared(_programs(plugin.unpacked(sent.trials)))
    conditions = here(engine)
    return HostFacts(
        lab=lab_hash(),
        version=version("iolab"),
        boot=str(conditions.host.get("boot")),
        conditions=conditions,
        nofile_max=engine.nofile_max(),
        cpus=machine.usable_cpus(),
        checks=checks(needs),
        exposed=tuple(engine.exposed()),
        unbuilt={program.name: str(problem) for program, problem in plugin.unbuilt.items()},
    )


def measure(name: str, trials: Sequence[Trial]) -> list[str]:
    """The lines of the records, as a run folder has them."""
    plugin = own(name)
    here_ = plugin.unpacked(trials)
    machine_ = plugin.prepared(_programs(here_))
    return [line_of(each) for each in machine_.measure(here_, lambda _: None)]


def measure_apart(name: str, trials: Sequence[Trial], lent: Sequence[LentHost]) -> list[str]:
    """The same for trials whose load these other hosts send."""
    plugin = own(name)
    here_ = plugin.unpacked(trials)
    plugin.lease.begin()
    hosts = LoadHosts(Leading(get_worker(), name, lent))
    try:
        machine_ = plugin.prepared(_programs(here_), hosts)
        hosts.await_lent()
        return [line_of(each) for each in machine_.measure(here_, lambda _: None)]
    finally:
        hosts.give_back()
        plugin.lease.stop()


def lend(name: str) -> None:
    """For as long as this runs the host sends load for another one."""
    plugin = own(name)
    plugin.lease.begin()
    try:
        plugin.load_engine()
        plugin.load_side.lend()
    finally:
        plugin.lease.stop()


def renew(name: str, dask_worker: Worker) -> None:
    """The coordinator is there. Called beside what the host does."""
    plugin = dask_worker.plugins.get(name)
    if isinstance(plugin, OnHost):
        plugin.lease.renew()


def after_error(name: str) -> None:
    """Raises OSError, EngineError: then this host can measure nothing more, and is not to be the
    one that is always free for the next part."""
    with new_folder() as folder:
        require_room(folder)
    plugin = own(name)
    plugin.prepared([]).after_error()
    engine = plugin.engine()
    if not engine.answers(0.0):
        raise EngineError(f"its engine {engine.name} does not answer any more")


def require_room(folder: Path) -> None:
    """Raises OSError where the disk takes nothing more: then whatever went wrong on this host says
    nothing about a server, and another host is to do it again."""
    file = folder / "room"
    file.write_bytes(bytes(ROOM))
    file.unlink()


def until_quiet(name: str, seconds: float) -> float:
    return own(name).prepared([]).until_quiet(seconds)


def _programs(trials: Sequence[Trial]) -> list[Program]:
    return list(dict.fromkeys(each for trial in trials for each in programs(trial)))


def lab_hash() -> str:
    """Over all code of the lab, of what measures and of what is measured."""
    parts: list[bytes] = []
    for root in (PACKAGE, LABS):
        for path in sorted(_code(root)):
            parts += [str(path.relative_to(root)).encode(), path.read_bytes()]
    return digest(parts)


def _code(root: Path) -> list[Path]:
    """In a wheel the labs are below the package: they are not counted twice."""
    suffixes = (".py", ".c", ".h", ".S", ".yaml", ".toml")
    return [
        path
        for path in root.rglob("*")
        if path.suffix in suffixes and "project" not in path.relative_to(root).parts[:1]
    ]


def own(name: str) -> OnHost:
    """The plugin of this coordinator, called within a task."""
    plugin = get_worker().plugins[name]
    assert isinstance(plugin, OnHost)  # noqa: S101 - the name is this room's own
    return plugin


def _silent(_line: str) -> None:
    """The output of a worker goes to no reader."""
