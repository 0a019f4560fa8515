"""What the evidence says of a claim: data between the rules and the reports."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from runner.stats.law import Law


class Standing(StrEnum):
    """What the evidence says of a claim. It is computed, never written down."""

    SUPPORTED = "SUPPORTED"
    NUANCED = "NUANCED"  # true under conditions, which the ruling names
    REFUTED = "REFUTED"
    RUNS = "RUNS"  # of a system: it was measured here
    INCONCLUSIVE = "INCONCLUSIVE"  # the data do not carry a verdict
    SKIP = "SKIP"  # this machine lacks what the evidence needs
    NO_EVIDENCE = "NO EVIDENCE"  # nothing was run that could tell


DECIDED = (Standing.SUPPORTED, Standing.NUANCED, Standing.REFUTED, Standing.RUNS)


@dataclass(frozen=True, slots=True)
class Table:
    """Evidence as a reader sees it: one row a fact. Cells are text already."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """One point of a plot. `low` and `high` are the ends of its 99% interval; None where the
    repeats are too few for one, or where a book prints the figure."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of one line in a plot; `label` names the line, `law` is what was fitted to it."""

    label: str
    points: tuple[Reading, ...]
    law: Law | None = None
    printed: bool = False
    """A book's figures, and not measured here."""


@dataclass(frozen=True, slots=True)
class Plot:
    """Curves on logarithmic axes, where a power law is a straight line. `x_unit` and `y_unit` are
    ns, bytes or nothing: in which unit an axis is marked."""

    title: str
    x: str
    y: str
    curves: tuple[Curve, ...]
    x_unit: str = ""
    y_unit: str = ""


@dataclass(frozen=True, slots=True)
class Phase:
    """What the application's thread does in a phase: `state` is blocked, running or elsewhere (the
    work is another thread's)."""

    text: str
    state: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One model: what it does while it waits and while the data are copied. `notice` says what the
    notification is, if it is `notified` at all; `after` whether it comes after the copy."""

    name: str
    wait: Phase
    copy: Phase
    notice: str
    notified: bool
    after: bool
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lanes:
    """Models side by side, time running down."""

    title: str
    phases: tuple[str, str]
    lanes: tuple[Lane, ...]


@dataclass(frozen=True, slots=True)
class Ruling:
    """A rule's word on one claim. `figure` is what decided, `confidence` how sure it is, `because`
    the verdict in one sentence: for NUANCED, under which condition the claim holds."""

    standing: Standing
    figure: str
    confidence: str
    because: str
    tables: tuple[Table, ...] = ()
    plots: tuple[Plot | Lanes, ...] = ()
    sources: tuple[str, ...] = ()
    """The runs that it came from."""

    met: tuple[int, ...] = (0,)
    """Which of the conditions that the texts name for this standing are met."""


def holding(*conditions: bool) -> tuple[int, ...]:
    """Which of them hold, for `Ruling.met`."""
    return tuple(number for number, condition in enumerate(conditions) if condition)


class NotShownError(Exception):
    """There is no evidence, or none that carries: the ruling that says so instead."""

    def __init__(self, standing: Standing, because: str) -> None:
        super().__init__(because)
        self.ruling = Ruling(standing, "–", "–", because)
