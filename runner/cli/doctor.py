"""`runner doctor`: what this machine has, against what a spec needs."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

import click
from tabulate import tabulate

from runner import plan
from runner.cli import completing, engines
from runner.cli.exit_codes import Exit
from runner.cli.runs import RESULTS
from runner.cli.terminal import tell
from runner.engine.box import EngineError
from runner.engine.daemon.address import SYSTEM, Address, address
from runner.engine.process import cgroup
from runner.machine import doctor as checks
from runner.machine.doctor import Check, Docker, Level, Needs
from runner.machine.doctor.gather import free_bytes
from runner.session.needs import needs
from runner.spec import chosen, load

UNLIMITED = plan.Host(1 << 30, (0, 1))
"""A machine that refuses nothing: what a plan for it asks for is what the spec needs."""
WIDTH = 46


@click.command()
@click.argument("spec", required=False, shell_complete=completing.specs)
@click.option("--engine", type=click.Choice(engines.NAMES), default="auto", show_default=True)
@click.option(
    "--filter",
    "only",
    multiple=True,
    metavar="ID/GLOB",
    help="As in `runner run`.",
    shell_complete=completing.experiments,
)
@click.option("--set", "overrides", multiple=True, metavar="A.B=C", help="As in `runner run`.")
@click.option("--quick", is_flag=True, help="As in `runner run`.")
@click.option("--full", is_flag=True, help="As in `runner run`.")
@click.option("--fix-script", is_flag=True, help="Print the fixes as a script; change nothing.")
@RESULTS
def doctor(
    spec: str | None,
    engine: str,
    only: tuple[str, ...],
    overrides: tuple[str, ...],
    quick: bool,
    full: bool,
    fix_script: bool,
    results: Path,
) -> int:
    """Checks this machine for the lab, and for what SPEC needs: ok, warn or blocks, why it
    matters, and what to type. Exit code 5 when something blocks, 0 otherwise."""
    if spec is None and (only or overrides or quick or full):
        raise click.UsageError("--filter, --set, --quick and --full are about a SPEC; name one")
    required = Needs(engine=engine)
    if spec is not None:
        suite = load(chosen(spec), overrides)
        trials = plan.expand(suite, UNLIMITED, quick=quick, full=full, only=only)
        required = needs(trials, spec, engine)
    results_of_checks = examined(required, results)
    click.echo(
        checks.fix_script(results_of_checks) if fix_script else _table(results_of_checks, required),
        nl=False,
    )
    return (
        Exit.NOTHING_RAN
        if any(each.level is Level.BLOCKS for each in results_of_checks)
        else Exit.OK
    )


def examined(required: Needs, results: Path | None = None) -> tuple[Check, ...]:
    """All checks of this machine. Without `results` nothing is to be written here."""
    controllers = sorted({name for parent in cgroup.parents() for name in parent.controllers})
    folder = results or Path(tempfile.gettempdir())
    return checks.examine(checks.gather(folder, _docker(), tuple(controllers)), required)


def _table(checks: tuple[Check, ...], required: Needs) -> str:
    rows = [[each.level, each.name, each.state, each.why] for each in checks]
    headers = ["", "check", "found", "why it matters"]
    width = [None, None, WIDTH, WIDTH]
    parts = [tabulate(rows, headers=headers, disable_numparse=True, maxcolwidths=width)]
    fixes = [
        [each.name, each.fix or f"instead of make run: {each.instead}"]
        for each in checks
        if (each.fix or each.instead) and each.level is not Level.OK
    ]
    if fixes:
        parts.append(tabulate(fixes, headers=["to fix", "type"], disable_numparse=True))
    counts = {level: sum(each.level is level for each in checks) for level in Level}
    summary = ", ".join(f"{count} {level}" for level, count in counts.items() if count)
    what = f"{required.spec}, {required.trials} trials" if required.spec else "the lab in general"
    parts.append(f"For {what}: {summary}")
    return "\n\n".join(parts) + "\n"


def _docker() -> Docker:
    from runner.engine.daemon.connection import is_elsewhere, remedy  # with Docker's client
    from runner.engine.docker import DockerEngine

    refusal = DockerEngine.refusal(tell)
    if refusal is not None:
        return Docker(refusal, remedy=remedy())
    try:
        with closing(DockerEngine()) as engine:
            info = engine.client.info()
    except (EngineError, OSError) as error:
        return Docker(str(error))
    root = str(info.get("DockerRootDir", ""))
    return Docker(
        None,
        version=str(info.get("ServerVersion", "?")),
        storage=str(info.get("Driver", "?")),
        cgroup_version=str(info.get("CgroupVersion", "?")),
        root=root,
        root_free=free_bytes(root) if Path(root).exists() else None,
        place=str(address()) if address() != Address(SYSTEM) else "",
        cpus=info.get("NCPU"),
        pins=bool(info.get("CPUSet", True)),
        elsewhere=is_elsewhere(info),
    )
