"""One process engine for all traced servers; each is compiled when a test needs it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from runner.engine.process import ProcessEngine
from runner.measure.boxes import TRACE_PROGRAMS, TRACER_PROGRAM


@pytest.fixture(scope="session")
def engine() -> Iterator[ProcessEngine]:
    engine = ProcessEngine()
    problems = engine.prepare(TRACE_PROGRAMS, print)
    if TRACER_PROGRAM in problems:
        pytest.skip(str(problems[TRACER_PROGRAM]))
    yield engine
    engine.close()
