"""What a kind of measurement says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from runner.kinds.column import Column
from runner.kinds.metric import Metric

Tool = Literal["fleet", "probe", "talker", "tracer"]
Figure = Literal["metrics", "latencies", "latenesses", "ceilings", "calls", "axes"]
"""metrics: those that rows are ranked by and verdicts rest on, with their intervals. latencies,
latenesses: by percentile. ceilings: connections and what stopped them. calls: system calls of a
request. axes: blocking against synchronous."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of measurement: all in which the kinds differ, but for the steps of a trial, which
    are in `runner/measure/NAME.py`."""

    name: str
    """The value of `measure` in a spec."""
    about: str
    """What a trial does, for the schema of a spec."""
    subject: Literal["server", "probe"] = "server"
    """The section of a spec that says what is measured. A probe may have a server beside it."""
    axes: tuple[str, ...] = ()
    """The keys of `fleet` that are axes of the matrix, after the server's own. A key that is None
    was not given, and is no axis."""
    settings: tuple[str, ...] = ()
    """The keys of `fleet` that are no axes, and that not every kind knows."""
    idle_most: int | None = None
    """The most silent connections that a trial can hold; None where only limits bound it."""
    tools: tuple[Tool, ...]
    """The programs that a trial starts beside the server."""
    seconds: float = 0.0
    """How long a trial takes beside its window and its connections, for an estimate."""
    seconds_each: float = 1 / 20_000
    """How long one connection takes, for an estimate."""
    side_by_side: int = 1
    """How many trials may run at the same time: more than one where no figure is a time that other
    programs could change."""
    until_refused: bool = False
    """The load generator connects until the server refuses, up to `connections`: that the server
    does not hold all of them is the result, and no fault."""
    windowed: bool = False
    """The figures are of a window, after a warm-up: a busy machine makes them invalid."""
    requests: bool = False
    """The figures are of requests on `active` connections. The window must hold enough replies, at
    a steady rate, and cells can take turns."""
    faults: tuple[str, ...] = ()
    """Errors of the load generator that are the server's fault."""
    unanswered: tuple[str, ...] = ()
    """Errors that are the server's fault where no reply was right."""
    silences: tuple[str, ...] = ()
    """Replies that never came: the server's fault unless the machine stood still meanwhile."""
    metrics: tuple[Metric, ...]
    """What a trial can yield, each by its name in a spec."""
    columns: tuple[Column, ...]
    """What the table of the cells shows, between their axes and their status."""
    headline: str
    """What the line of a trial says when it has ended; its metrics stand in braces."""
    compared: tuple[str, ...] = ()
    """The metrics that are compared between runs unless a user names others. A fact is compared
    whatever the user names."""
    figures: tuple[Figure, ...] = ()
    """What a report draws of an experiment."""
    outliers: tuple[str, ...] = ()
    """The metrics whose outliers are named below the table."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key of `fleet` that this kind knows and some other kind does not."""
        return (*self.axes, *self.settings)

    @property
    def ranked_by(self) -> str | None:
        """The metric by which rows are ranked; None where they have no rank."""
        return next((each.metric for each in self.columns if each.show == "of best"), None)
