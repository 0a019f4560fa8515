"""`runner policy`: the model of a reference, and what an assignment denies that demands it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import click

from runner.cli import completing, engines
from runner.cli.exit_codes import Exit
from runner.cli.subject import LANGUAGE, Subject, program_of
from runner.cli.terminal import tell
from runner.engine.banner import IO_URING, needs
from runner.engine.box import BuildError, Engine, Language, Program
from runner.grade.models import MODELS, Model, model_traced
from runner.grade.policy import Policy, as_yaml
from runner.kinds import TRACE
from runner.measure import ClaimError, ServerFault, Witness, judged, traced, with_coroutines
from runner.measure.boxes import TRACE_PROGRAMS
from runner.syscalls.denial import canonical
from runner.trace import Trace

CONNECTIONS = 1000


@click.command()
@click.argument("reference", metavar="LAB|FOLDER", shell_complete=completing.labs)
@LANGUAGE
@engines.ENGINE
@click.option(
    "--connections",
    type=click.IntRange(1, 1_000_000),
    default=CONNECTIONS,
    show_default=True,
    help="The most connections at once that the assignment's checks open.",
)
@click.option(
    "--watched",
    type=click.IntRange(0, TRACE.idle_most),
    default=10,
    show_default=True,
    help="Number of idle connections while it is traced.",
)
@engines.TRUST
def policy(
    reference: str,
    language: Language | None,
    engine_name: str,
    connections: int,
    watched: int,
    trust: bool,
) -> int:
    """Traces the server of a LAB or FOLDER, and prints the YAML of an assignment that demands its
    model: `model:` and `limits:`, each line with its reason. The reference is then traced again
    under these denials: it must run as before.
    """
    program = program_of(reference, language)
    with closing(engines.choose(engine_name, tell)) as engine:
        try:
            programs = [program, *TRACE_PROGRAMS]
            for problem in engines.prepare(engine, programs, tell, trusted=trust).values():
                raise problem
            found = _policy(program, engine, watched, connections)
        except (BuildError, ServerFault) as fault:
            tell(f"{program.name}: {fault}")
            return Exit.FAILED
    if found is None:
        return Exit.FAILED
    click.echo(as_yaml(found), nl=False)
    return Exit.OK


def _policy(program: Program, engine: Engine, watched: int, connections: int) -> Policy | None:
    """None where the tracer names no model that an assignment can demand, after a message."""
    tell(f"{program.name}: one untraced and one traced conversation")
    first, _ = _traced(program, engine, watched)
    model = model_traced(
        first.classification.model, coroutines=_has_coroutines(program, engine, watched)
    )
    if model is None:
        known = ", ".join(MODELS)
        why = first.classification.unclear or f"an assignment can demand {known}"
        tell(f"{program.name}: its model is {first.classification.model}; {why}")
        return None
    tell(f"{program.name}: {model.name}; the same again while its rivals are denied")
    again, in_force = _traced(program, engine, watched, model)
    if again.classification.model != first.classification.model:
        seen = again.classification
        tell(f"{program.name}: under its own denials it is {seen.model}: {seen.unclear}")
        return None
    return Policy(
        server=program.name,
        model=model,
        because=first.classification.because,
        connections=connections,
        threads=len(first.look.threads) if first.look else 1,
        watched=watched,
        ring=IO_URING in needs(program),
        in_force=in_force,
    )


def _traced(
    program: Program, engine: Engine, watched: int, model: Model | None = None
) -> tuple[Trace, bool]:
    """A trace, under the model's denials if a model is given, and whether they were in force. A
    fault under them names the denied call if the server does."""
    denied = canonical(model.denies) if model else ()
    box, witness = (
        replace(Subject(program).box(engine, f"policy-{program.name}"), deny=denied),
        Witness(engine),
    )
    try:
        return traced(box, witness, watched), bool(witness.denied())
    except ClaimError as claim:
        raise judged(claim, engine, program, denied=denied) from claim
    except ServerFault as fault:
        raise ServerFault(f"{fault}{witness.hint(str(fault))}") from fault


def _has_coroutines(program: Program, engine: Engine, watched: int) -> bool:
    if program.language != "python":
        return False
    return (
        with_coroutines(Subject(program).box(engine, f"policy-{program.name}"), engine, watched)
        is not None
    )
