"""`runner verify`: whether a run, or a grade, is as it was sealed."""

from __future__ import annotations

import os
from pathlib import Path

import click

from runner.cli import completing
from runner.cli.exit_codes import Exit
from runner.cli.runs import RESULTS
from runner.cli.terminal import out, tell
from runner.grade.whole_class import (
    grade_folders,
    how_to_seal_again,
    submissions_graded_later,
    verify_class,
)
from runner.grade.workspace import GRADES, GradeFolder
from runner.plural import number_of
from runner.results import (
    IntegrityError,
    RunFolder,
    SignedDocument,
    Verification,
    find_run,
    fingerprint,
)
from runner.results import verify as verification_of
from runner.session import user_key


@click.command()
@click.argument(
    "run", type=click.Path(path_type=Path), required=False, shell_complete=completing.runs
)
@click.option(
    "--signer",
    "accepted",
    multiple=True,
    metavar="FINGERPRINT",
    help="Accept this key. Repeatable.",
)
@click.option("--allow-unsigned", is_flag=True, help="Accept a run without a signature.")
@RESULTS
def verify(run: Path | None, accepted: tuple[str, ...], allow_unsigned: bool, results: Path) -> int:
    """Checks that RUN (the latest by default) is unchanged since it ended; names every file and
    line that differs. RUN may be the folder of a grade, or of the grades of a class. Exit code 6 if
    one differs, or if no accepted key signed it."""
    if run is not None and os.path.lexists(run / "grade.json"):
        return _verify_grade(GradeFolder(run), accepted, allow_unsigned)
    if run is not None and os.path.lexists(run / GRADES):
        return _verify_class(run, accepted, allow_unsigned)
    folder = find_run(run, results)
    folder.environment()
    verification = verification_of(folder)
    if verification.manifest is None:
        raise IntegrityError(
            f"{folder.shown} has no manifest: the run is still running"
            if folder.running()
            else f"{folder.shown} has no manifest: the run was killed; "
            f"type: runner run --resume {folder.shown}"
        )
    _require_fit(verification, folder, accepted, allow_unsigned)
    lines = sum(map(len, verification.manifest.evidence.values()))
    signed = f"signed by {verification.signer}" if verification.signer else "not signed"
    whole = "" if verification.manifest.complete else ", interrupted before the end of its plan"
    out(
        f"{folder.shown}: as it was sealed {verification.manifest.sealed}: "
        f"{number_of(lines, 'line')} of evidence, "
        f"{number_of(len(verification.manifest.reports), 'report')}, {signed}{whole}"
    )
    return Exit.OK


def _verify_grade(folder: GradeFolder, accepted: tuple[str, ...], allow_unsigned: bool) -> int:
    """The folder of a graded submission: what was graded, its run, its grade."""
    verification = folder.verification()
    if verification.manifest is None:
        raise IntegrityError(
            f"{folder.shown} has no manifest: grading it still goes on, or was killed; the same "
            "`runner grade` goes on with it"
        )
    _require_fit(verification, folder, accepted, allow_unsigned)
    manifest = verification.manifest
    signed = f"signed by {verification.signer}" if verification.signer else "not signed"
    whole = "" if manifest.complete else ", before the end of grading"
    files = number_of(len(manifest.files), "file")
    out(
        f"{folder.shown}: as it was sealed {manifest.sealed}: {files} of the assignment, the "
        f"submission and the grade, {number_of(len(manifest.runs), 'run')}, {signed}{whole}"
    )
    return Exit.OK


def _verify_class(home: Path, accepted: tuple[str, ...], allow_unsigned: bool) -> int:
    """The grades of a class: all of them together, and each with its run."""
    whole = GradeFolder(home)
    verification = verify_class(home)
    if verification.manifest is None:
        raise IntegrityError(f"{whole.shown} has no manifest: the class is still being graded")
    wrong = []
    for each in grade_folders(home):
        try:
            _verify_grade(each, accepted, allow_unsigned)
        except IntegrityError as error:
            wrong.append(str(error))
    later = submissions_graded_later(home, verification)
    if later and not (wrong or doubt(verification, accepted, allow_unsigned)):
        raise IntegrityError(how_to_seal_again(home, later))
    _require_fit(verification, whole, accepted, allow_unsigned)
    if wrong:
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise IntegrityError(f"{wrong[0]}{more}")
    out(f"{whole.shown}: as it was sealed {verification.manifest.sealed}: {GRADES} and "
        f"{number_of(len(grade_folders(home)), 'grade')}")  # fmt: skip
    return Exit.OK


def _require_fit(
    verification: Verification[SignedDocument],
    folder: RunFolder | GradeFolder,
    accepted: tuple[str, ...],
    allow_unsigned: bool,
) -> None:
    """Raises IntegrityError after every difference was named."""
    for fault in verification.faults:
        out(f"{folder.name}/{fault}")
    why = doubt(verification, accepted, allow_unsigned)
    if verification.faults or why:
        parts = [number_of(len(verification.faults), "difference")] if verification.faults else []
        raise IntegrityError(f"{folder.shown}: {'; '.join([*parts, *([why] if why else [])])}")


def doubt(
    verification: Verification[SignedDocument], accepted: tuple[str, ...], allow_unsigned: bool
) -> str:
    """Why the manifest itself is not to be trusted; empty when it is."""
    signed_by = verification.signer
    if signed_by is None:
        if allow_unsigned and not accepted:
            return ""
        allow = "" if accepted else "; type --allow-unsigned to accept hashes without a signature"
        return f"not signed{allow}"
    if not verification.genuine:
        return "the manifest itself was changed: its signature does not fit"
    if accepted:
        return "" if signed_by in accepted else f"signed by {signed_by}, not by an accepted key"
    own = user_key(tell, make=False)
    if own is not None and fingerprint(own.public) == signed_by:
        return ""
    return f"signed by {signed_by}, which is not your key; to trust it type --signer {signed_by}"
