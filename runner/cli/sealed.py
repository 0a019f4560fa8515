"""Whether a run folder that a command reads is still what was sealed: one line on stderr if not."""

from __future__ import annotations

from dataclasses import replace

from runner.cli.terminal import tell
from runner.judge.run import Run
from runner.results import IntegrityError, RunFolder, verify
from runner.session import judged
from runner.spec import load


def fits(folder: RunFolder) -> bool:
    """Tells where it does not, and where nothing shows whether it does. Reports in the folder do
    not count: no command reads them. Raises ResultsError."""
    change = change_of(folder)
    if change:
        tell(f"results: {folder.shown} was changed since it was sealed: {change}; its figures are "
             f"not the measured ones; type: runner verify {folder.shown}")  # fmt: skip
    elif verify(folder).manifest is None:
        ended = (
            "the run is still running"
            if folder.running()
            else "the run was killed, or its seal removed"
        )
        tell(f"results: {folder.shown} is not sealed ({ended}): it is unknown whether its "
             "files are unchanged")  # fmt: skip
    return not change


def change_of(folder: RunFolder) -> str:
    """What is not as it was sealed; empty where all of it is, or there is no manifest."""
    try:
        return verify(folder).unfit(reports=False)
    except IntegrityError as error:
        return str(error)


def complete(folder: RunFolder) -> bool:
    """Whether the run went to the end of its plan, by its manifest. Where there is none or it
    cannot be read, the run is taken for one that did not."""
    try:
        manifest = verify(folder).manifest
    except IntegrityError:
        return False
    return manifest is not None and manifest.complete


def judged_run(folder: RunFolder) -> Run:
    """The run, judged by the spec that it was begun with. Tells where it was changed. Raises
    ResultsError, SpecError."""
    changed = not fits(folder)
    suite = load(folder.path / "effective.yaml", recorded=True)
    run = judged(folder, suite, folder.measurements(), complete=complete(folder))
    return replace(run, changed=changed)
