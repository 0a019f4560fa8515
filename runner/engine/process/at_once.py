"""The commands of many programs: compiled on all CPUs at the same time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from runner.engine.box import BuildError, MissingError, Program
from runner.engine.process.command import Command

Made = Command | BuildError | MissingError


def at_once(
    programs: Sequence[Program], make: Callable[[Program], Command]
) -> Iterator[tuple[Program, Made]]:
    """Each program with its command, or with the reason why it has none, in their order. After an
    interrupt nothing more is begun: what compiles then ends with its box."""
    pool = ThreadPoolExecutor(len(os.sched_getaffinity(0)), "compile")
    try:
        yield from zip(
            programs, pool.map(lambda program: _made(program, make), programs), strict=True
        )
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _made(program: Program, make: Callable[[Program], Command]) -> Made:
    try:
        return make(program)
    except (BuildError, MissingError) as problem:
        return problem
