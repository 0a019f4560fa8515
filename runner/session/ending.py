"""A run ends: sealed first, then judged and reported, whatever ended it.

The order is the point. What was measured is worth hours, and a report may fail for a dozen reasons
that have nothing to do with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from runner import interrupt
from runner.claims.of_run import Ruled, ruled
from runner.engine.box import Say
from runner.judge.run import Run
from runner.results import REPORTS, ResultsError, Signer, config, reseal, seal
from runner.session.judged import judged
from runner.session.run import Session

Report = Callable[[Run, Ruled], list[str]]
"""Writes the reports into the run folder, and returns what could not be written."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The run, judged, what it says of the claims, and what could not be written."""

    run: Run
    claims: Ruled
    failed: list[str]


def finish(session: Session, report: Report, *, complete: bool) -> Ended:
    """The evidence is sealed before anything is
    made of it, and again with the reports. Where the journal could not write all records nothing
    is sealed: the folder does not hold what was measured. A signal counts when all is done."""
    folder, journal = session.folder, session.journal
    with interrupt.shielded():
        key = user_key(session.say)
        unwritten = journal.close()
        failed = [unwritten] if unwritten else []
        if not unwritten:
            failed += refusal_of(lambda: seal(folder, (), key, complete=complete))
        run = judged(folder, session.suite, journal.measurements(), complete=complete)
        claims = ruled(run)
        failed += report(run, claims)
        if not unwritten:
            failed += refusal_of(lambda: reseal(folder, REPORTS, key))
    return Ended(run, claims, failed)


def user_key(say: Say, *, make: bool = True) -> Signer | None:
    """The user's own key. Where there is none it is made, or `say` receives why none can be
    kept; without `make` neither is done, and the result is None."""
    try:
        folder = config()
        if folder is None:
            raise OSError("this user has no home for a key; set XDG_CONFIG_HOME to have one")
        return Signer.of_user(folder) if make else Signer.existing(folder)
    except (OSError, ValueError) as error:
        if make:
            say(f"results: not signed: {error}")
        return None


def refusal_of(write: Callable[[], None]) -> list[str]:
    """Why it could not be written; empty where it was."""
    try:
        write()
    except ResultsError as error:
        return [str(error)]
    return []
