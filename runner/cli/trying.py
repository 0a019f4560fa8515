"""`runner try`: one server to talk to by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import click

from runner.cli import completing, engines
from runner.cli.exit_codes import Exit
from runner.cli.subject import LANGUAGE, SPEC, Subject, subject_of
from runner.cli.terminal import out, tell
from runner.engine.banner import stated
from runner.engine.box import BuildError, Language
from runner.measure import ServerFault
from runner.measure.boxes import TALKER_PROGRAM, TRACER_PROGRAM
from runner.measure.trying import Tried, tried
from runner.spec.wire import escaped

PORT = 9000
_CALL = re.compile(r"^(\d+) +(.*)$")


@click.command("try")
@click.argument("lab", metavar="LAB|FOLDER|NAME", shell_complete=completing.labs)
@LANGUAGE
@SPEC
@engines.ENGINE
@click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    default=PORT,
    show_default=True,
    help="The port of 127.0.0.1 where you talk to it, if it is free.",
)
@click.option("--calls", is_flag=True, help="Show its system calls while they happen.")
@engines.TRUST
def try_(
    lab: str,
    language: Language | None,
    spec: Path | None,
    engine_name: str,
    port: int,
    calls: bool,
    trust: bool,
) -> int:
    """Starts the server of a LAB, of any FOLDER that keeps the contract, or of a NAME under
    `servers` of a spec, and prints how to talk to it. It runs in its box, confined as in a
    measurement, until you press Ctrl-C."""
    subject = subject_of(lab, language, spec)
    program = subject.program
    with closing(engines.choose(engine_name, tell)) as engine, ExitStack() as boxes:
        tools = [TALKER_PROGRAM, *([TRACER_PROGRAM] if calls else [])]
        try:
            for problem in engines.prepare(engine, [program, *tools], tell, trusted=trust).values():
                raise problem
            box = subject.box(engine, f"try-{program.name}")
            one = tried(boxes, engine, box, port, calls=calls)
        except (BuildError, ServerFault) as fault:
            tell(f"{program.name}: {fault}")
            return Exit.FAILED
        for line in _how(subject, one.port):
            out(line)
        return _watched(one, program.name)


def _watched(one: Tried, name: str) -> int:
    """Until the server ends by itself, or the user presses Ctrl-C."""
    try:
        for said in one.lines():
            out(_call_line(said.text) if said.call else f"server: {said.text}")
    except KeyboardInterrupt:
        ended = one.stop()
        tell(f"{name}: stopped, {ended}")
        return Exit.OK
    tell(f"{name}: it ended by itself, {one.server.exited(0.0)}: {one.server.stderr().strip()}")
    return Exit.FAILED


def _call_line(record: str) -> str:
    """A line of the tracer: the thread, then its call."""
    match = _CALL.match(record)
    return f"{match[1]:>7}  {match[2]}" if match else record


def _how(subject: Subject, port: int) -> Iterator[str]:
    """How to talk to it: what its banner says, else what fits what it speaks."""
    program, address = subject.program, f"127.0.0.1 {port}"
    yield f"{program.name} serves at 127.0.0.1:{port}; Ctrl-C stops it. In another terminal type:"
    own = stated(program.source, "Try") if program.given is None else None
    if own:
        yield f"  {' '.join(own).replace('HOST PORT', address)}"
    elif subject.spoken and subject.spoken.send.startswith(b"GET "):
        path = subject.spoken.send.split()[1].decode("ascii", "replace")
        yield f"  curl -i http://127.0.0.1:{port}{path}"
    elif subject.spoken:
        yield f"  printf '{escaped(subject.spoken.send)}' | nc -q 1 {address}"
    yield f"  nc {address}" + ("" if own or subject.spoken else "     and lines, which come back")
