"""`runner run`: the pipeline, top to bottom."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from runner import environment, judge, measure, plan
from runner.cli import engines, exits
from runner.cli.exits import Exit
from runner.cli.outputs import parse_outputs, write_outputs
from runner.cli.progress import Display, tell
from runner.engine.box import BuildError, Engine, MissingError, Program, Say
from runner.measurement import Measurement, Status
from runner.plan import Plan, Trial
from runner.report import FORMATS, Run
from runner.results import ResultsError, RunFolder
from runner.spec import Suite, effective, load

Unbuilt = Mapping[Program, BuildError | MissingError]
SETTLED = (Status.OK, Status.FAIL)
"""Trials that `--resume` does not run again."""

OVERHEAD = {"docker": 1.0, "process": 0.15}
"""Seconds a trial beyond connecting, warming up and measuring: `make bench` shows them."""


@click.command()
@click.argument("spec", type=click.Path(path_type=Path), default="experiments.yaml")
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
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Continue a run that was killed: only what is missing is run.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def run(
    spec: Path,
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
    resume: Path | None,
    quiet: bool,
) -> int:
    """Runs the experiments of SPEC and prints their tables and verdicts."""
    wanted = parse_outputs(outputs)
    if quick and full:
        raise click.UsageError("--quick and --full exclude each other; type one of them")
    suite = load(spec, overrides)
    say: Say = _hush if quiet else tell

    def planned(nofile_max: int) -> Plan:
        host = plan.Host(nofile_max, environment.usable_cpus())
        return plan.expand(suite, host, quick=quick, full=full, only=only, repeat=repeat, seed=seed)

    draft = planned(environment.nofile_hard())
    if not draft.trials:
        raise click.UsageError(f"nothing to run: no cell is called {' or '.join(only) or 'so'}")
    if dry_run:
        _show(draft, engines.likely(engine_name))
        return Exit.OK
    with closing(engines.choose(engine_name, say)) as engine:
        engine.sweep(say)
        unbuilt = engine.prepare(_programs(draft), say)
        agreed = planned(engine.nofile_max())
        folder = _folder(suite, engine, agreed, results, resume)
        say(f"results: {folder.path}; {_estimate(agreed, engine.name)}")
        interrupted = False
        try:
            _run_all(agreed, engine, unbuilt, folder, quiet=quiet)
        except KeyboardInterrupt:
            interrupted = True
    # What was measured is reported, whatever ended the run.
    found = reported(folder, suite)
    write_outputs(found, folder, wanted)
    if interrupted:
        tell(
            f"interrupted; what was measured is in {folder.path}, "
            f"to go on type: runner run {spec} --resume {folder.path}"
        )
        return Exit.INTERRUPTED
    return exits.of(found.verdicts, found.measurements)


def reported(folder: RunFolder, suite: Suite) -> Run:
    """A run folder's trials, judged by the suite. A trial that was run again counts once."""
    latest = {measurement.trial: measurement for measurement in folder.measurements()}
    measurements = tuple(latest.values())
    return Run(
        name=folder.path.name,
        environment=folder.environment(),
        suite=suite,
        measurements=measurements,
        verdicts=judge.verdicts(suite, measurements),
    )


def _run_all(
    planned: Plan, engine: Engine, unbuilt: Unbuilt, folder: RunFolder, *, quiet: bool
) -> None:
    """Each trial on disk before the next one starts. What the environment spoilt is run once more
    at the end: a stranger on the machine may have gone by then."""
    settled = {m.trial for m in folder.measurements() if m.status in SETTLED}
    waiting = [trial for trial in planned.trials if trial.id not in settled]
    spoilt: list[Trial] = []
    with Display(len(waiting), quiet=quiet) as display:

        def measured(trial: Trial) -> Measurement:
            display.started(trial)
            measurement = measure.run(trial, engine, unbuilt, display.event)
            folder.append(measurement)
            display.finished(measurement)
            return measurement

        for trial in waiting:
            if measured(trial).status is Status.INVALID:
                spoilt.append(trial)
                display.one_more()
        for trial in spoilt:
            measured(trial)


def _programs(draft: Plan) -> list[Program]:
    return list(dict.fromkeys(each for trial in draft.trials for each in measure.programs(trial)))


def _folder(
    suite: Suite, engine: Engine, agreed: Plan, results: Path, resume: Path | None
) -> RunFolder:
    """A new run folder with its environment, or the one to go on with."""
    spec_hash = suite.hash
    if resume is not None:
        folder = RunFolder(resume)
        before = folder.environment()
        if (before.get("spec_hash"), before.get("engine", {}).get("name")) != (
            spec_hash,
            engine.name,
        ):
            raise ResultsError(
                f"{resume} was begun with another spec or engine: its figures and new ones "
                "cannot stand in one table; run again without --resume"
            )
        return folder
    folder = RunFolder.create(results, suite.path.stem)
    about = {
        "format": 1,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "spec": suite.path.name,
        "spec_hash": spec_hash,
        "seed": agreed.seed,
        "quick": agreed.quick,
        "trials": len(agreed.trials),
        "engine": {"name": engine.name, **engine.environment()},
        "host": environment.gather(),
    }
    folder.write("effective.yaml", effective(suite))
    folder.write("run.json", json.dumps(about, ensure_ascii=False, indent=2, default=str) + "\n")
    return folder


def _show(draft: Plan, engine_name: str) -> None:
    """The plan as it would run, one line a trial, and what it costs."""
    for number, trial in enumerate(draft.trials, 1):
        skipped = f"  SKIP: {trial.skip}" if trial.skip else ""
        click.echo(f"{number:4} {trial.id}{skipped}")
    click.echo(f"{len(draft.trials)} trials, {_estimate(draft, engine_name)} with {engine_name}")


def _estimate(planned: Plan, engine_name: str) -> str:
    seconds = planned.seconds(OVERHEAD[engine_name])
    return f"about {seconds / 60:.1f} minutes" if seconds >= 90 else f"about {seconds:.0f} s"


def _hush(_line: str) -> None:
    """--quiet"""
