"""A program's MISSING line is believed where the runner can check it, and finds the same missing.

A server that could skip a trial with one word would keep its points without running. So the runner
checks from inside a box of the same engine, with a program of its own.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from runner.engine.banner import IO_URING, needs
from runner.engine.box import (
    Box,
    BuildError,
    Engine,
    EngineError,
    MissingError,
    Nofile,
    Program,
    SilenceError,
)
from runner.measure.server import ClaimError, ServerFault, launch
from runner.untrusted import Line

CHECKED = (IO_URING, "liburing", "uvloop")
"""What a program may say is missing. `capability/probe.py` looks for each."""
_RING = "io_uring_setup"
RING_REMEDY = "a kernel of 6.1 or later, and sudo sysctl -w kernel.io_uring_disabled=0"
SERVER = "server"
"""What a probe reports as missing that needs a server beside it, and is run without one."""
CHECK = Program("probe", Path(__file__).with_name("capability"), "python")
CHECK_MEMORY = 256 << 20
CHECK_SECONDS = 20.0


def judged(
    claim: ClaimError,
    engine: Engine,
    program: Program,
    *,
    alone: bool = False,
    denied: tuple[str, ...] = (),
) -> Exception:
    """The claim as a MissingError where the runner finds the same missing. Otherwise the server is
    at fault (ServerFault); a probe is an instrument, so its wrong claim is an error of the lab
    (EngineError). A server that lacks what is `denied` to it is at fault on every machine."""
    if alone and claim.what == SERVER:
        return MissingError(claim.what, claim.remedy)
    if claim.what == IO_URING and _RING in denied:
        finding = "its box denies it, so a server must do without"
    elif claim.what not in CHECKED:
        finding = f"the runner can check only {', '.join(CHECKED)}, so this counts as a failure"
    elif not has(claim.what, engine):
        return MissingError(claim.what, claim.remedy)
    else:
        finding = "the runner found it present" + _unstated(claim.what, program)
    text = f"the {program.role} reported {claim.what} as missing; {finding}"
    return EngineError(text) if program.role == "probe" else ServerFault(text, final=True)


def missing_ring(engine: Engine) -> MissingError | None:
    """io_uring as a capability that boxes of this engine lack, whatever a server says of it; None
    where they have it. Raises EngineError."""
    return None if has(IO_URING, engine) else MissingError(IO_URING, RING_REMEDY)


def _unstated(what: str, program: Program) -> str:
    try:
        stated = what != IO_URING or IO_URING in needs(program)
    except BuildError:
        stated = True  # such a program is not run, and another message says so
    return "" if stated else "; write `Needs: io_uring` in the banner, and the box grants it"


def has(what: str, engine: Engine) -> bool:
    """Whether a box of this engine has it. Raises EngineError where the runner's own check
    fails."""
    for problem in engine.prepare([CHECK], lambda _line: None).values():
        raise EngineError(f"the check for {what} was not built: {problem}")
    nofile = Nofile(64, 64)
    box = Box(CHECK, (), {}, nofile, CHECK_MEMORY, 8, (), f"check-{what}")
    with ExitStack() as boxes:
        running = launch(boxes, engine, box)
        try:
            text = running.read_line(CHECK_SECONDS)
        except SilenceError:
            text = None
        line = Line.of(text or "")
        answer = line.fields.get(what) if line.word == "HAS" else None
        if answer not in ("yes", "no"):
            raise EngineError(f"the check for {what} printed nothing: {running.stderr()[-200:]}")
    return answer == "yes"
