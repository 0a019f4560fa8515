"""One process engine for all traced servers, with all of them compiled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.engine.box import Program
from runner.engine.images.content import programs_of
from runner.engine.process import ProcessEngine
from runner.measure.boxes import TRACE_PROGRAMS, TRACER_PROGRAM
from runner.paths import LABS
from tests.trace.servers import MUTANTS

CORPUS = [Path(__file__).parent / kind for kind in ("decoys", "honest")]


@pytest.fixture(scope="session")
def engine() -> Iterator[ProcessEngine]:
    engine = ProcessEngine()
    folders = [LABS, MUTANTS, *CORPUS]
    servers = [p for each in folders for p in programs_of(each) if p.role == "server"]
    problems = engine.prepare([*TRACE_PROGRAMS, *servers], print)
    if TRACER_PROGRAM in problems:
        pytest.skip(str(problems[TRACER_PROGRAM]))
    yield engine
    engine.close()


@pytest.fixture
def mutant(request: pytest.FixtureRequest) -> Program:
    """By the name of its folder."""
    folder = MUTANTS / str(request.param)
    return Program("server", folder, "c" if (folder / "server.c").exists() else "python")
