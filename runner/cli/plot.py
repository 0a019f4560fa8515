"""`runner plot`: the figures of an experiment, in the terminal."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

import click

from runner.claims.of_run import ruled
from runner.cli import sealed
from runner.cli.exit_codes import Exit
from runner.cli.runs import RESULTS
from runner.cli.tables import width
from runner.cli.terminal import out
from runner.report import plots_of
from runner.results import find_run


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[RUN] EXPERIMENT")
@RESULTS
def plot(words: tuple[str, ...], results: Path) -> int:
    """Draws the figures of EXPERIMENT in RUN (a run folder, or a name from `runner list`; the
    latest by default)."""
    if len(words) > 2:
        raise click.UsageError(
            f"{words[2]!r} is one word too many; type runner plot RUN EXPERIMENT"
        )
    folder = find_run(Path(words[0]) if len(words) == 2 else None, results)
    run = sealed.judged_run(folder)
    known = [experiment.id for experiment in run.experiments()]
    if words[-1] not in known:
        near = get_close_matches(words[-1], known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(known) or 'none'}"
        raise click.UsageError(f"{folder.shown} has no experiment {words[-1]!r}; {hint}")
    figures = plots_of(run, ruled(run), words[-1], width())
    if not figures:
        figures = [f"{words[-1]} has no figure: nothing that could be drawn was measured"]
    out("\n\n".join(figures))
    return Exit.INTEGRITY if run.changed else Exit.OK
