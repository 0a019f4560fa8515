"""How a run ends: sealed first, then judged, reported and printed, whatever ended it.

The order is the point. What was measured is worth hours, and printing may fail for a dozen reasons
that have nothing to do with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from runner import judge, plan
from runner.cli import exits, interrupt
from runner.cli.begin import signer
from runner.cli.ci import publish
from runner.cli.exits import Exit
from runner.cli.outputs import IN_FOLDER, Output, show_run, write_reports
from runner.cli.progress import tell
from runner.judge.counting import standing
from runner.records.outcome import Measurement
from runner.report import Run, number_of
from runner.results import Journal, ResultsError, RunFolder, reseal, seal
from runner.spec import Cell, Suite


def reported(
    folder: RunFolder, suite: Suite, measured: Iterable[Measurement], *, complete: bool
) -> Run:
    """A run's trials, judged by the suite. A trial that was run again counts once. `complete` says
    that the run did not end before its plan was done."""
    measurements, superseded = standing(measured)
    environment = folder.environment()
    planned = _planned(suite, environment.get("options", {}))
    cut = judge.cut_short(planned, measurements, complete=complete)
    return Run(
        name=folder.name,
        environment=environment,
        suite=suite,
        measurements=measurements,
        verdicts=judge.verdicts(suite, measurements, tuple(planned), cut),
        superseded=superseded,
        incomplete=_incomplete(cut, planned, complete=complete),
    )


def _planned(suite: Suite, options: Mapping[str, Any]) -> dict[Cell, int]:
    return plan.repeats(
        suite,
        quick=bool(options.get("quick")),
        full=bool(options.get("full")),
        only=options.get("only") or (),
        repeat=options.get("repeat"),
    )


def _incomplete(cut: judge.Cut, planned: Mapping[Cell, int], *, complete: bool) -> str:
    every, left = sum(planned.values()), sum(lacks for lacks, _ in cut.values())
    if left:
        return f"the run ended before {left:,} of its {number_of(every, 'planned trial')}"
    return "" if complete else "the run ended before its further repeats were done"


def selected(suite: Suite, options: Mapping[str, Any]) -> tuple[Cell, ...]:
    """The cells that a run which was called so measures."""
    return plan.selected(
        suite,
        quick=bool(options.get("quick")),
        full=bool(options.get("full")),
        only=options.get("only") or (),
    )


def finish(
    folder: RunFolder,
    suite: Suite,
    journal: Journal,
    wanted: Sequence[Output],
    stopped: BaseException | None,
    shown: Collection[str] = (),
) -> Exit:
    """`shown` are experiments whose tables stand on stdout already. `stopped` is what ended the
    run before its plan was done: an interrupt, or a failure of the lab, which is raised again at
    the end."""
    try:
        with interrupt.shielded():
            found, failed = _kept(folder, suite, journal, complete=stopped is None)
    except (KeyboardInterrupt, Exception):
        tell(_where(folder, "report"))
        raise
    publish(found)
    failed += show_run(found, wanted, shown)
    if stopped is not None:
        interrupted = isinstance(stopped, KeyboardInterrupt)
        tell(f"{'interrupted' if interrupted else 'the run ended early'}; {_where(folder)}")
        if not interrupted:
            raise stopped
    if failed:
        if len(failed) > 1:
            tell(f"results: {number_of(len(failed) - 1, 'more file')} could not be written")
        raise ResultsError(failed[0])
    if stopped is not None:
        return Exit.INTERRUPTED
    return exits.of(found.verdicts, found.measurements, complete=not found.incomplete)


def _kept(
    folder: RunFolder, suite: Suite, journal: Journal, *, complete: bool
) -> tuple[Run, list[str]]:
    """The evidence is sealed before anything is made of it, and again with the reports. Returns
    what could not be written too; what the journal could not write comes first, and then nothing
    is sealed: the folder does not hold what was measured."""
    key = signer()
    unwritten = journal.close()
    failed = [unwritten] if unwritten else []
    if not unwritten:
        failed += _refusal(lambda: seal(folder, (), key, complete=complete))
    found = reported(folder, suite, journal.measurements(), complete=complete)
    failed += write_reports(found, folder)
    if not unwritten:
        failed += _refusal(lambda: reseal(folder, IN_FOLDER, key))
    return found, failed


def _refusal(write: Callable[[], None]) -> list[str]:
    try:
        write()
    except ResultsError as error:
        return [str(error)]
    return []


def _where(folder: RunFolder, then: str = "run --resume") -> str:
    do = "to go on" if then == "run --resume" else "to see it"
    return f"what was measured is in {folder.shown}, {do} type: runner {then} {folder.shown}"
