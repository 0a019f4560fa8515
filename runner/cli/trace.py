"""`runner trace`: one server under a tracer of system calls: what it is seen to be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from runner.cli import completing, engines
from runner.cli.exit_codes import Exit
from runner.cli.outputs import write_file
from runner.cli.subject import LANGUAGE, SPEC, Subject, subject_of
from runner.cli.tables import width
from runner.cli.terminal import tell
from runner.engine.box import BuildError, Engine, Language, Program
from runner.kinds import TRACE
from runner.measure import ClaimError, ServerFault, judged, traced, with_coroutines
from runner.measure.boxes import TRACE_PROGRAMS
from runner.report import trace as report
from runner.report.trace_svg import svg
from runner.trace import Trace, as_data, metrics_of


@click.command()
@click.argument("lab", metavar="LAB|FOLDER|NAME", shell_complete=completing.labs)
@LANGUAGE
@SPEC
@engines.ENGINE
@click.option(
    "--watched",
    type=click.IntRange(0, TRACE.idle_most),
    multiple=True,
    default=(10,),
    show_default=True,
    help="Number of idle connections. Repeatable: one column each.",
)
@click.option(
    "--coroutines", is_flag=True, help="Also trace coroutines (Python), in a third conversation."
)
@click.option(
    "--svg", "svg_path", type=click.Path(path_type=Path), help="Write the timeline to this file."
)
@engines.TRUST
@click.option(
    "--json", "json_path", metavar="PATH", help="Write all results as JSON; '-' is stdout."
)
def trace(
    lab: str,
    language: Language | None,
    spec: Path | None,
    engine_name: str,
    watched: tuple[int, ...],
    coroutines: bool,
    svg_path: Path | None,
    trust: bool,
    json_path: str | None,
) -> int:
    """Runs the server of a LAB, of any FOLDER that keeps the contract, or of a NAME under `servers`
    of a spec, under strace, and shows in which call it blocks, what copies the bytes, and how it is
    notified. The server cannot reach the tracer.
    """
    subject = subject_of(lab, language, spec)
    program = subject.program
    if coroutines and program.language != "python":
        raise click.UsageError(f"--coroutines: {program.name} has none; type --language python")
    with closing(engines.choose(engine_name, tell)) as engine:
        try:
            programs = [program, *TRACE_PROGRAMS]
            for problem in engines.prepare(engine, programs, tell, trusted=trust).values():
                raise problem
            traces = [_traced(subject, engine, number, coroutines) for number in watched]
        except (BuildError, ServerFault) as fault:
            tell(f"{program.name}: {fault}")
            return Exit.FAILED
    _written(program, traces, svg_path, json_path)
    return Exit.OK


def _traced(subject: Subject, engine: Engine, watched: int, coroutines: bool) -> Trace:
    program = subject.program
    beside = f", each with {watched} idle connections" if watched else ""
    tell(f"{program.name}: one untraced and one traced conversation{beside}")
    box = subject.box(engine, f"trace-{program.name}")
    try:
        one = traced(box, engine, watched, subject.spoken)
    except ClaimError as claim:
        raise judged(claim, engine, program) from claim
    if not coroutines:
        return one
    return replace(one, coroutines=with_coroutines(box, engine, watched, subject.spoken))


def _written(
    program: Program, traces: Sequence[Trace], svg_path: Path | None, json_path: str | None
) -> None:
    data: dict[str, Any] = {
        "server": program.name,
        "traces": [{"metrics": metrics_of(each), **as_data(each)} for each in traces],
    }
    text = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    if json_path == "-":
        click.echo(text, nl=False)
    else:
        click.echo(report.render(program.name, traces, width()), nl=False)
    if json_path not in (None, "-"):
        write_file(Path(str(json_path)), text)
    if svg_path is not None and traces[0].timeline is not None:
        title = f"{program.name}: {traces[0].classification.model}"
        write_file(svg_path, svg(title, traces[0].timeline))
        tell(f"timeline: {svg_path}")
