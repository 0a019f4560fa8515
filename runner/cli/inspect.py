"""`runner validate`, `schema`, `report`: what needs no engine."""

from __future__ import annotations

import json
from pathlib import Path

import click

from runner.claims.of_run import ruled
from runner.cli import completing, exits, sealed
from runner.cli.exit_codes import Exit
from runner.cli.outputs import (
    OUTPUT,
    parse_outputs,
    require_writable,
    show_run,
    write_reports,
)
from runner.cli.runs import RESULTS, name_unreadable
from runner.cli.terminal import tell
from runner.grade.assignment_folder import GRADE, AssignmentFolder
from runner.grade.record import schema as grade_schema
from runner.report import FORMATS
from runner.report.advice import warnings
from runner.report.schema import schema as report_schema
from runner.results import REPORTS, ResultsError, find_run, reseal, run_schema, trial_schema
from runner.session import refusal_of, user_key
from runner.spec import (
    Problem,
    SpecError,
    Suite,
    assignment_schema,
    chosen,
    json_schema,
    load,
    schemastore_schema,
)


@click.command()
@click.argument("specs", metavar="[SPEC]...", nargs=-1, shell_complete=completing.specs)
@click.option("--set", "overrides", multiple=True, metavar="A.B=C", help="As in `runner run`.")
def validate(specs: tuple[str, ...], overrides: tuple[str, ...]) -> int:
    """Checks every SPEC, or grade.yaml of an assignment, and names every fault by file, line and
    column. Without SPEC it checks what `runner run` would run."""
    problems: list[Problem] = []
    for spec in [chosen(each) for each in specs] or [chosen(None)]:
        try:
            _validate(spec, overrides)
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return Exit.OK


def _validate(spec: Path, overrides: tuple[str, ...]) -> None:
    graded = spec.name == GRADE and not overrides
    suite: Suite = AssignmentFolder(spec.parent).load() if graded else load(spec, overrides)
    for problem in warnings(suite):
        tell(f"warning: {problem}")
    cells = sum(len(experiment.cells()) for experiment in suite.experiments)
    click.echo(f"{spec}: valid, experiments: {len(suite.experiments)}, cells: {cells}")


SCHEMAS = {
    "spec": json_schema,
    "assignment": assignment_schema,
    "results": trial_schema,
    "run": run_schema,
    "grade": grade_schema,
    "report": report_schema,
    "schemastore": schemastore_schema,
}


@click.command()
@click.option(
    "--of",
    type=click.Choice(tuple(SCHEMAS)),
    default="spec",
    show_default=True,
    help="A spec, an assignment, a line of trials.jsonl, run.json, grade.json or report.json; "
    "schemastore: a spec, as SchemaStore takes it.",
)
def schema(of: str) -> int:
    """Prints the JSON Schema of a spec or an assignment, for editors, or of what a run folder or
    the folder of a graded submission holds."""
    click.echo(json.dumps(SCHEMAS[of](), ensure_ascii=False, indent=2))
    return Exit.OK


@click.command()
@click.argument(
    "run", type=click.Path(path_type=Path), required=False, shell_complete=completing.runs
)
@OUTPUT(
    help=f"Write a report: {', '.join(FORMATS)}; '-' is stdout. Repeatable.",
)
@RESULTS
def report(run: Path | None, outputs: tuple[str, ...], results: Path) -> int:
    """Renders RUN (a run folder; the latest by default) again, without running anything."""
    outputs_given = parse_outputs(outputs)
    require_writable(outputs_given)
    folder = find_run(run, results)
    folder.environment()
    rendered = sealed.judged_run(folder)
    name_unreadable(folder)
    claims = ruled(rendered)
    failed = write_reports(rendered, claims, folder)
    key = user_key(tell)
    failed += refusal_of(lambda: reseal(folder, REPORTS, key))
    failed += show_run(rendered, claims, folder, outputs_given)
    if failed:
        raise ResultsError(failed[0])
    if rendered.changed:
        return Exit.INTEGRITY
    return exits.of(rendered.verdicts, rendered.measurements, complete=not rendered.incomplete)
