"""`runner run`: the pipeline, top to bottom."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import click

from runner import machine, session
from runner.cli import completing, engines, grounds, preview, targets
from runner.cli.clusters import CLUSTER, ClusterOptions
from runner.cli.ending import finish
from runner.cli.exit_codes import Exit
from runner.cli.outputs import (
    OUTPUT,
    Output,
    parse_outputs,
    require_writable,
    tables_on_stdout,
)
from runner.cli.progress import Display
from runner.cli.runs import RESULTS
from runner.cli.tables import Tables
from runner.cli.terminal import silent, tell
from runner.engine.box import Say
from runner.plan import Plan
from runner.report import FORMATS
from runner.results import find_run
from runner.session import Options, ResumeError, Session
from runner.spec import Suite, lent


@click.command()
@click.argument("spec", required=False, shell_complete=completing.specs)
@engines.ENGINE
@click.option(
    "--filter",
    "only",
    multiple=True,
    metavar="ID/GLOB",
    shell_complete=completing.experiments,
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
@OUTPUT(
    help=f"Also write a report: {', '.join(FORMATS)}; '-' is stdout. Repeatable.",
)
@RESULTS
@click.option(
    "--resume",
    "resumed",
    type=click.Path(path_type=Path),
    metavar="RUN",
    shell_complete=completing.runs,
    help="Go on with a run (a folder, or a name that `runner list` shows) that was killed, as it "
    "was called: only what is missing is run.",
)
@CLUSTER
@engines.TRUST
@targets.OWNED
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
    cluster: str | None,
    tls_ca: Path | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    trust: bool,
    owned: bool,
    quiet: bool,
) -> int:
    """Runs the experiments of SPEC and prints their tables and verdicts.

    Without SPEC: experiments.yaml, or the only *.iolab.yaml, of the working folder. The specs that
    come with the lab can be named from anywhere: experiments.yaml, labs/uring.yaml.
    """
    reports = parse_outputs(outputs)
    if not dry_run:
        require_writable(reports)
    if quick and full:
        raise click.UsageError("--quick and --full exclude each other; type one of them")
    options = Options(spec, engine_name, only, overrides, repeat, seed, quick, full)
    asked = ClusterOptions.of(cluster, tls_ca, tls_cert, tls_key)
    command = Command(options, asked, resumed, results, reports, dry_run, trust, owned, quiet)
    try:
        return _run(command)
    except ResumeError as error:
        raise click.UsageError(str(error)) from None


@dataclass(frozen=True, slots=True)
class Command:
    """The command line: what to measure, and where the results go."""

    options: Options
    cluster: ClusterOptions
    resumed: Path | None
    results: Path
    reports: Sequence[Output]
    dry_run: bool
    trust: bool
    owned: bool
    quiet: bool

    def ground(
        self, options: Options, suite: Suite, draft: Plan, say: Say
    ) -> AbstractContextManager[grounds.Ground]:
        if self.cluster.address is not None:
            return grounds.cluster(self.cluster, options, suite, draft, say, trusted=self.trust)
        return grounds.this_machine(options, suite, draft, say, trusted=self.trust)


def _run(command: Command) -> int:
    """Load, plan, measure, report."""
    earlier = None if command.resumed is None else find_run(command.resumed, command.results)
    say = silent if command.quiet else tell
    options, suite = session.load(command.options, earlier)
    if lent(suite.path):
        say(f"spec: {suite.path}, which comes with the lab")
    # A draft: the engine may grant fewer descriptors, and then the plan is another one.
    nofile = machine.nofile_hard()
    draft = options.plan(suite, nofile)
    if not draft.trials:
        raise click.UsageError(f"nothing to run: {preview.why_nothing(options, suite, nofile)}")
    if not command.dry_run:
        targets.require_owned(draft, owned=command.owned)
    if command.dry_run:
        for line in preview.dry_run(suite, draft, engines.likely(options.engine)):
            click.echo(line)
        return Exit.OK

    opened: Session | None = None
    stopped: BaseException | None = None
    shown: list[str] = []
    try:
        with command.ground(options, suite, draft, say) as ground:
            plan, into = ground.plan, earlier or command.results
            opened = session.open_run(options, suite, plan, ground.conditions, into, tell)
            say(f"results: {opened.folder.shown}; {preview.cost(suite, plan, ground.hosts)}")
            early = tables_on_stdout(command.reports) and len(ground.hosts) == 1
            tables = Tables(suite, plan, opened.judged_so_far, early=early)
            shown = tables.shown  # it grows with each table that is printed
            with Display(opened.unsettled, tables.begins, quiet=command.quiet) as display:
                opened.run(ground.hosts, display, teams=ground.teams)
    except (KeyboardInterrupt, Exception) as error:
        if opened is None:
            raise  # nothing was measured yet
        stopped = error
    with opened.lock:
        return finish(opened, command.reports, stopped, shown)
