"""How `runner run` ends: sealed by the session, then printed, with an exit code."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from runner import session
from runner.cli import exits
from runner.cli.ci import publish
from runner.cli.exit_codes import Exit
from runner.cli.outputs import Output, show_run, write_reports
from runner.cli.terminal import tell
from runner.plural import number_of
from runner.results import ResultsError, RunFolder
from runner.session import Session


def finish(
    ended: Session,
    outputs: Sequence[Output],
    stopped: BaseException | None,
    shown: Collection[str] = (),
) -> Exit:
    """`shown` are experiments whose tables stand on stdout already. `stopped` is what ended the
    run before its plan was done: an interrupt, or a failure of the lab, which is raised again at
    the end."""
    folder = ended.folder
    reports = partial(write_reports, folder=folder)
    try:
        judged = session.finish(ended, reports, complete=stopped is None)
    except (KeyboardInterrupt, Exception):
        tell(_where(folder, "report"))
        raise
    run = judged.run
    publish(run)
    failed = judged.failed + show_run(run, judged.claims, folder, outputs, shown)
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
    return exits.of(run.verdicts, run.measurements, complete=not run.incomplete)


def _where(folder: RunFolder, then: str = "run --resume") -> str:
    do = "to go on" if then == "run --resume" else "to see it"
    return f"what was measured is in {folder.shown}, {do} type: runner {then} {folder.shown}"
