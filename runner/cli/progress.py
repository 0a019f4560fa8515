"""Progress: the current trial, the count, the time left; live on a terminal, lines in a pipe."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text

from runner.cli.terminal import out, tell
from runner.kinds import KINDS
from runner.plan import Trial
from runner.records.fleet_output import FleetProgress
from runner.records.outcome import Outcome, Status

SPARKS = 12
_LEVELS = "▁▂▃▄▅▆▇█"
WINDOW = "measuring"
"""The phase of a load generator in which its window is timed."""


class _Shown(dict[str, float | str]):
    """Metrics for a kind's headline; what was not measured is a dash."""

    def __missing__(self, name: str) -> str:
        return "–"


Begins = Callable[[Sequence[Trial], Callable[[str], None]], None]


class Description(ProgressColumn):
    """What runs now. Where the terminal is narrow this is cut, and no figure."""

    def render(self, task: Task) -> Text:
        return Text(task.description, no_wrap=True, overflow="ellipsis")


def bar(console: Console) -> Progress:
    """Bar, count and time left stand in columns that are never narrowed, so they come first. It is
    drawn when it is told to and at no other time: a thread that draws ten times a second would take
    CPU time from what is measured."""
    return Progress(
        BarColumn(bar_width=24, table_column=Column(no_wrap=True)),
        MofNCompleteColumn(table_column=Column(no_wrap=True)),
        TimeRemainingColumn(compact=True, table_column=Column(no_wrap=True)),
        Description(),
        console=console,
        transient=True,
        auto_refresh=False,
    )


def spark(values: Sequence[float]) -> str:
    """The last values as columns between 0 and the highest of them."""
    shown = values[-SPARKS:]
    most = max(shown, default=0.0)
    if most <= 0 or len(shown) < 2:
        return ""
    return "".join(_LEVELS[min(int(8 * value / most), 7)] for value in shown)


def driven(progress: FleetProgress) -> str:
    """What a fleet says of its progress: no rate before there was a reply."""
    text = f"{progress.phase}: {progress.connected:,} connected"
    if progress.rate:
        text += f", {progress.rate:,.0f} req/s"
    if progress.rate and progress.p99_ns:
        text += f", p99 {progress.p99_ns / 1e3:,.0f} us"
    return text


class LiveBar:
    """A bar on stderr while the context is open: on a terminal only, and not with --quiet. Within a
    timed window nothing is drawn."""

    def __init__(self, total: int, *, quiet: bool) -> None:
        console = Console(stderr=True, highlight=False)
        self._live: Progress | None = None
        if console.is_terminal and not quiet:
            self._live = bar(console)
            self._task = self._live.add_task("", total=total)

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def draw(self, progress: FleetProgress | None = None, **changes: Any) -> None:
        """With these changes, unless a load generator is in its window."""
        if self._live and (progress is None or progress.phase != WINDOW):
            self._live.update(self._task, refresh=True, **changes)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live:
            self._live.stop()


class Display(LiveBar):
    """The session's listener. Progress goes to stderr; `begins` is called with the trials that
    run next, and with a function that prints to stdout beside the progress."""

    def __init__(self, trials: int, begins: Begins, *, quiet: bool) -> None:
        super().__init__(trials, quiet=quiet)
        self._trials = trials
        self._begins = begins
        self._experiment = ""
        self._rates: list[float] = []
        self._done = 0
        self._began = time.monotonic()
        self._quiet = quiet

    def aside(self, text: str) -> None:
        """Prints to stdout what is no progress, and an empty line."""
        if self._live:
            self._live.stop()
        out(f"{text}\n")
        if self._live:
            self._live.start()

    def started(self, trials: Sequence[Trial]) -> None:
        """One trial, or several that run together."""
        self._begins(trials, self.aside)
        self._name = f"{trials[0].experiment} {' | '.join(trial.cell.name for trial in trials)}"
        if self._experiment != trials[0].experiment:
            self._experiment, self._rates = trials[0].experiment, []
        self.draw(description=f"{spark(self._rates)} {self._name}".strip())

    def more(self, trials: int) -> None:
        """So many will be run beyond the plan."""
        self._trials += trials
        self.draw(total=self._trials)

    def spared(self, trials: int) -> None:
        """So many of the plan will not be run."""
        self.more(-trials)

    def event(self, progress: FleetProgress) -> None:
        """The fleet's own progress, on a terminal only."""
        self.draw(progress, description=f"{self._name}: {driven(progress)}")

    def finished(self, measurement: Outcome) -> None:
        self._done += 1
        rate = measurement.metrics.get(KINDS[measurement.record.asked.measure].ranked_by or "")
        self._rates += [rate] if isinstance(rate, int | float) else []
        if self._live:
            self.draw(completed=self._done)
            if measurement.status is not Status.OK or measurement.record.notes:
                self._live.console.print(self._line(measurement), markup=False)
        elif not self._quiet:
            tell(self._line(measurement))

    def _line(self, measurement: Outcome) -> str:
        place = f"[{self._done}/{self._trials}]"
        if measurement.status is not Status.OK:
            return f"{place} {measurement.trial} {measurement.status}: {measurement.reason}"
        kind = KINDS[measurement.record.asked.measure]
        text = kind.headline.format_map(_Shown(measurement.metrics))
        elapsed = time.monotonic() - self._began
        left = elapsed / self._done * (self._trials - self._done)
        notes = "".join(f"; {note}" for note in measurement.record.notes or ())
        return f"{place} {measurement.trial} {text}{notes} ({left:.0f} s left)"
