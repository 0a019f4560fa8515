"""`runner run`: the pipeline, top to bottom."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import click

from runner import machine, measure, plan
from runner.cli import engines, interrupt, preview
from runner.cli.begin import DEFAULT_SPEC, Asked, begin, require_fitting, resume, suite_of
from runner.cli.ending import finish, reported
from runner.cli.exits import Exit
from runner.cli.outputs import parse_outputs, require_writable, tables_on_stdout
from runner.cli.progress import Display, tell
from runner.cli.tables import Tables
from runner.cli.wait_for_engine import WaitForEngine
from runner.engine.box import Engine, Program, Say
from runner.plan import Plan, Trial
from runner.records.outcome import Measurement, Status
from runner.report import FORMATS, Run
from runner.results import Journal, RunFolder, chosen
from runner.session.loop import SETTLED, drive
from runner.spec import Suite, load
from runner.spec.quantity import DURATION

PATIENCE = 0.1
"""The part of the budget that may go by in waiting for a calmer machine before what was spoilt is
run again, in all."""


@click.command()
@click.argument("spec", required=False, metavar=f"[SPEC={DEFAULT_SPEC}]")
@click.option(
    "--engine",
    "engine_name",
    type=click.Choice(engines.NAMES),
    default="auto",
    help="Where boxes run. auto: Docker where a daemon answers, else processes.",
)
@click.option(
    "--filter",
    "only",
    multiple=True,
    metavar="ID/GLOB",
    help="Only these experiments or cells: 'idle-*', 'idle-sweep/lab=epoll*'.",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="A.B=C",
    help="Overrides a key of the spec: defaults.repeat=3.",
)
@click.option("--repeat", type=click.IntRange(1, 100), help="Repeats of every cell.")
@click.option("--seed", type=click.IntRange(0), help="Order of the trials, payloads, fleets.")
@click.option("--quick", is_flag=True, help="A meaningful subset in under a minute.")
@click.option("--full", is_flag=True, help="What is too heavy for every day, too.")
@click.option("--dry-run", is_flag=True, help="Print the plan and its time; run nothing.")
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="FORMAT=PATH",
    help=f"Also write a report: {', '.join(FORMATS)}; '-' is stdout. Repeatable.",
)
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    default="results",
    help="Folder of the run folders.",
    show_default=True,
)
@click.option(
    "--resume",
    "resumed",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Go on with a run (a folder, or a name that `runner list` shows) that was killed, as it "
    "was called: only what is missing is run.",
)
@engines.TRUST
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def run(
    spec: str | None,
    engine_name: str,
    only: tuple[str, ...],
    overrides: tuple[str, ...],
    repeat: int | None,
    seed: int | None,
    quick: bool,
    full: bool,
    dry_run: bool,
    outputs: tuple[str, ...],
    results: Path,
    resumed: Path | None,
    trust: bool,
    quiet: bool,
) -> int:
    """Runs the experiments of SPEC and prints their tables and verdicts."""
    wanted = parse_outputs(outputs)
    if not dry_run:
        require_writable(wanted)
    if quick and full:
        raise click.UsageError("--quick and --full exclude each other; type one of them")
    say: Say = _hush if quiet else tell
    asked = Asked(spec, engine_name, only, overrides, repeat, seed, quick, full)
    gone_on_with = None if resumed is None else chosen(resumed, results)
    if gone_on_with is None:
        suite = load(asked.path, asked.overrides)
    else:
        require_fitting(gone_on_with)
        asked = asked.resumed(gone_on_with)
        suite = suite_of(gone_on_with, asked, named=spec is not None)

    def planned(nofile_max: int) -> Plan:
        host = plan.Host(nofile_max, machine.usable_cpus())
        return plan.expand(
            suite,
            host,
            quick=asked.quick,
            full=asked.full,
            only=asked.only,
            repeat=asked.repeat,
            seed=asked.seed,
        )

    draft = planned(machine.nofile_hard())
    if not draft.trials:
        globs = " or ".join(asked.only) or "so"
        raise click.UsageError(f"nothing to run: no cell is called {globs}")
    if dry_run:
        for line in preview.lines(suite, draft, engines.likely(asked.engine)):
            click.echo(line)
        return Exit.OK
    journal: Journal | None = None
    stopped: BaseException | None = None
    try:
        with closing(engines.choose(asked.engine, say)) as engine:
            engine.sweep(say)
            engines.require_trust(engine, _programs(draft), say, trusted=trust)
            unbuilt = engine.prepare(_programs(draft), say)
            agreed = planned(engine.nofile_max())
            if gone_on_with is None:
                folder, session = begin(asked, suite, engine, agreed, results), 1
                held = folder.hold()
            else:
                folder = gone_on_with
                held = folder.hold()
                session = resume(folder, engine)
            say(f"results: {folder.shown}; {preview.estimate(agreed, engine.name)}"
                f"{_further(suite, agreed)}")  # fmt: skip
            journal = Journal(folder, session, tell)
            so_far = _so_far(folder, suite, journal)
            tables = Tables(suite, agreed, so_far, early=tables_on_stdout(wanted))
            _run_all(suite, agreed, engine, unbuilt, journal, tables, quiet=quiet)
    except (KeyboardInterrupt, Exception) as error:
        if journal is None:
            raise  # nothing was measured yet
        stopped = error
    with held:
        return finish(folder, suite, journal, wanted, stopped, tables.shown)


def _so_far(folder: RunFolder, suite: Suite, journal: Journal) -> Callable[[], Run]:
    return lambda: reported(folder, suite, journal.measurements(), complete=True)


def _further(suite: Suite, agreed: Plan) -> str:
    """Until when repeats beyond the plan may be added, where any may."""
    if all(len(trial.looks) < 2 for trial in agreed.trials):
        return ""
    return f", further repeats until {DURATION.show(preview.budget(suite, agreed))}"


def _run_all(
    suite: Suite,
    planned: Plan,
    engine: Engine,
    unbuilt: measure.Unbuilt,
    journal: Journal,
    tables: Tables,
    *,
    quiet: bool,
) -> None:
    """Each trial on disk before the next one starts."""
    began = time.monotonic()
    budget = preview.budget(suite, planned)
    before = list(journal.measurements())
    settled = {m.trial for m in before if m.status in SETTLED}
    waiting = [trial for trial in planned.trials if trial.id not in settled]
    back = WaitForEngine(engine)
    with Display(len(waiting), quiet=quiet) as display:

        def measured(trials: Sequence[Trial]) -> Sequence[Measurement]:
            interrupt.require_none()
            tables.begins(trials, display.aside)
            display.started(trials)
            measurements = measure.run_all(trials, engine, unbuilt, display.event)
            for measurement in measurements:
                journal.append(measurement)
                display.finished(measurement)
            if any(measurement.status is Status.ERROR for measurement in measurements):
                back.wait()
            return measurements

        def more(trials: Sequence[Trial]) -> Sequence[Trial]:
            """Experiment by experiment: half of one would decide nothing."""
            left = budget / 1e9 - (time.monotonic() - began)
            timely: list[Trial] = []
            for _, some in groupby(trials, lambda trial: trial.experiment):
                both = replace(planned, trials=(*timely, *some))
                if both.seconds(preview.OVERHEAD[engine.name]) <= left:
                    timely = list(both.trials)
            display.more(len(timely))
            return timely

        patience = machine.Patience(PATIENCE * budget / 1e9)
        cpus = machine.usable_cpus()[:2]
        calm = patience.until_calm
        drive(suite, planned, before, measured, more, lambda: calm(cpus), display.spared)


def _programs(draft: Plan) -> list[Program]:
    return list(dict.fromkeys(each for trial in draft.trials for each in measure.programs(trial)))


def _hush(_line: str) -> None:
    """--quiet"""
