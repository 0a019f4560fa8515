"""A spec as data: the classes that validate it, and that its JSON Schema is made from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import product
from typing import Annotated, Self

from pydantic import Field, PrivateAttr

from runner.kinds import KINDS, LOAD, Kind
from runner.spec.claims import CLAIMS, IN_SHORT
from runner.spec.deny import Denied
from runner.spec.expect import Expectation
from runner.spec.fleet import Fleet
from runner.spec.matrix import AXES, Axes, Cell, Lab, Language, Name, Selector, Strict, Value
from runner.spec.quantity import (
    GIB,
    MINUTE,
    MS,
    Budget,
    Measured,
    Memory,
    Nofile,
    Percent,
    Pids,
    Repeat,
    S,
    Seed,
    Slot,
    Span,
    Timeout,
)
from runner.spec.scalar import Choice, Flag, Many, Slug, Text
from runner.spec.variant import Full, Quick

Argument = Annotated[str, Text("an argument", 100)]
Claim = Annotated[str, Choice("a claim", CLAIMS, IN_SHORT)]


class Defaults(Strict):
    """How every experiment is run, unless the experiment has its own value."""

    repeat: Repeat = 5
    """How many times each cell is measured, each time with a fresh server."""
    max_repeat: Repeat | None = None
    """How many times at most, while a verdict is undecided. Without it: three times `repeat`."""
    warmup: Span = 500 * MS
    """How long the load generator works before anything is counted."""
    duration: Measured = S
    """How long each trial is measured."""
    seed: Seed = 42
    """The random seed of the order of the trials and of the bytes that are sent."""
    timeout: Timeout = 60 * S
    """A trial that takes longer is aborted."""
    budget: Budget = 15 * MINUTE
    """After so much time of a run no repeat beyond `repeat` is started; 0s: none at all."""
    disturbance: Percent = 25
    """The share of the CPUs of server and load generator that other programs may use before a trial
    is INVALID; 100%: any share."""


class Server(Strict):
    """The server that is measured."""

    lab: Many[Lab]
    """The lab: the name of a folder under labs/, LAB/FORM for the server_FORM.py in it, or a name
    under `servers`. A list is an axis of the matrix."""
    language: Many[Language] = ("c",)
    """The language of the lab's server: c, python, or dockerfile for any other; or several. What
    `servers` names has a language of its own."""


class Probe(Strict):
    """A small program that reports facts, one a line."""

    name: Many[Name]
    """The probe: the name of a folder under labs/probes/. A list is an axis of the matrix."""
    language: Many[Language] = ("c",)
    """The language of the probe: c, python or both. Beside a server it is the server's."""
    args: Annotated[tuple[Argument, ...], Field(max_length=20)] = ()
    """Arguments, such as tries=1000, of every probe of the experiment."""


class Limits(Strict):
    """The resource limits of the server."""

    nofile: Many[Nofile] = ("max",)
    """RLIMIT_NOFILE: all descriptors are below this number; max is what the machine grants."""
    memory: Memory = GIB
    """Memory of all processes of the server."""
    pids: Pids = 512
    """Processes and threads of the server."""
    deny: Denied | None = None
    """System calls that answer ENOSYS to the server, by name, and with them those that a C library
    makes in their place: select also denies pselect6. Also threads, processes, sigio (signals about
    descriptors), and select_many, poll_many and epoll_many (of 16 descriptors and more)."""


class Experiment(Strict):
    """One question, its matrix of cells, and the answers that are expected."""

    id: Annotated[str, Slug("an id")]
    """A short name: lower-case letters, digits, '-' and '_'."""
    title: Annotated[str, Text("a title", 200)]
    """The question, in one line."""
    about: Annotated[str, Text("a description", 5000, lines=True)] | None = None
    """What a reader should know before looking at the figures."""
    claims: Annotated[tuple[Claim, ...], Field(max_length=50)] = ()
    """The claims (C1 to C22), tables (T1 to T5) and systems (S1 to S7) it is evidence for."""
    measure: Annotated[
        str,
        Choice("a measurement", tuple(KINDS)),
        Field(description=" ".join(f"{each.name}: {each.about}." for each in KINDS.values())),
    ] = LOAD.name
    server: Server | None = None
    """The server that is measured. A probe needs none, or is its client."""
    probe: Probe | None = None
    """The program that is run, for measure: probe."""
    fleet: Fleet = Fleet()
    """The load generator: its connections and requests."""
    limits: Limits = Limits()
    """The resource limits of the server."""
    interleave: Slot | None = None
    """Cells that are compared run at the same time and are loaded in turns of this length, such as
    20ms: a change of the machine's speed then affects all of them alike."""
    ranked: Annotated[tuple[Selector, ...], Field(max_length=100)] = ()
    """Cells whose rows are ranked, {} for all: those of one table are interleaved and repeated
    equally often. It needs `interleave`."""
    exclude: Annotated[tuple[Selector, ...], Field(max_length=100)] = ()
    """Cells that are not run."""
    sections: Annotated[str, Choice("an axis", AXES)] | None = None
    """An axis with several values: each value gets its own table, with its own best cell."""
    sightings: Flag = False
    """Whether the record keeps what /proc shows of the server before and after the window: in which
    calls its threads sleep, and the flags of its sockets."""
    expect: Annotated[tuple[Expectation, ...], Field(max_length=100)] = ()
    """The expected results."""
    repeat: Repeat | None = None
    """Instead of defaults.repeat."""
    max_repeat: Repeat | None = None
    """Instead of defaults.max_repeat."""
    warmup: Span | None = None
    """Instead of defaults.warmup."""
    duration: Measured | None = None
    """Instead of defaults.duration."""
    seed: Seed | None = None
    """Instead of defaults.seed."""
    timeout: Timeout | None = None
    """Instead of defaults.timeout."""
    quick: Quick | None = None
    """What --quick runs of it; without this key, everything."""
    full: Full | None = None
    """What --full adds to it; without this key, nothing."""

    _own: Mapping[str, frozenset[str]] = PrivateAttr(default_factory=dict)

    def beside(self, own: Mapping[str, frozenset[str]]) -> Self:
        """The same experiment where these names are not labs' but `servers`, whose cells lack the
        axes that are given."""
        self._own = own
        return self

    @property
    def own(self) -> frozenset[str]:
        """The names of `servers`."""
        return frozenset(self._own)

    def lacks(self, lab: str) -> frozenset[str]:
        """The axes that its cells do not have."""
        return self._own.get(lab, frozenset())

    @property
    def kind(self) -> Kind:
        return KINDS[self.measure]

    def axes(self) -> Axes:
        """Every axis with its values, in the order of AXES."""
        written: Axes = {"nofile": self.limits.nofile}
        if self.probe is not None:
            written |= {"probe": self.probe.name, "language": self.probe.language}
        if self.server is not None:
            written |= {"lab": self.server.lab, "language": self.server.language}
        driven = {axis: getattr(self.fleet, axis) for axis in self.kind.axes}
        if self.fleet.exchange is not None:
            driven.pop("payload", None)
        written |= {axis: values for axis, values in driven.items() if values is not None}
        return {axis: written[axis] for axis in AXES if axis in written}

    def size(self) -> int:
        """How many cells there are before any is excluded."""
        return math.prod(len(values) for values in self.axes().values())

    def cells(self) -> tuple[Cell, ...]:
        """All that is run, in the order in which the values are written."""
        axes = self.axes()
        varying = tuple(axis for axis, values in axes.items() if len(values) > 1)
        excluded = [selector.pins() for selector in self.exclude]
        every = dict.fromkeys(
            Cell(self.id, self._point(dict(zip(axes, values, strict=True))), varying)
            for values in product(*axes.values())
        )
        return tuple(cell for cell in every if not any(cell.has(pins) for pins in excluded))

    def _point(self, values: dict[str, Value]) -> tuple[tuple[str, Value], ...]:
        lacks = self.lacks(str(values.get("lab")))
        return tuple((axis, value) for axis, value in values.items() if axis not in lacks)

    def quick_cells(self) -> tuple[Cell, ...]:
        """The cells that `--quick` keeps."""
        if self.quick is None or self.quick.only is None:
            return self.plain_cells()
        kept = [selector.pins() for selector in self.quick.only]
        return tuple(cell for cell in self.plain_cells() if any(cell.has(pins) for pins in kept))

    def plain_cells(self) -> tuple[Cell, ...]:
        """The cells that are run without `--quick` and without `--full`."""
        added = [selector.pins() for selector in self.full.adds] if self.full else []
        return tuple(cell for cell in self.cells() if not any(cell.has(pins) for pins in added))
