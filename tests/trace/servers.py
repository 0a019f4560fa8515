"""Servers traced on an engine, as `runner trace` does it: once untraced, once traced."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from runner.engine.box import Box, Engine, Nofile, Program
from runner.measure.tracing import traced
from runner.trace import Trace

MUTANTS = Path(__file__).parent / "mutants"
NOFILE, MEMORY, PIDS = 1024, 1 << 30, 512


def look_at(program: Program, engine: Engine, watched: int) -> Trace:
    """A trace of a server."""
    return traced(box_of(program, engine), engine, watched)


def pairs(programs: Sequence[Program]) -> list[tuple[Program, ...]]:
    """What is traced at the same time: a conversation mostly waits."""
    return [tuple(programs[first : first + 2]) for first in range(0, len(programs), 2)]


def named(programs: Sequence[Program]) -> str:
    """A name for a test."""
    return "+".join(program.name for program in programs)


def look_at_each(programs: Sequence[Program], engine: Engine, watched: int) -> list[Trace]:
    with ThreadPoolExecutor(len(programs)) as pool:
        return list(pool.map(lambda program: look_at(program, engine, watched), programs))


def box_of(program: Program, engine: Engine) -> Box:
    """A box for a server, which is compiled if it is not yet."""
    engine.prepare([program], print)
    env = {"PORT": str(engine.free_port()), "BACKLOG": "4096"}
    return Box(program, (), env, Nofile(NOFILE, NOFILE), MEMORY, PIDS, (), f"test {program.name}")
