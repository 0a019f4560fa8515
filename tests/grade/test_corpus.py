"""Every decoy is found, by the columns that must find it, and no honest server is accused.

The whole corpus takes a quarter of an hour: `make decoys` measures it and keeps what the proof
reads of each trial. Here the proof is made again from these records, and a few servers are measured
anew, chosen by their names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

from runner.engine.box import MissingError
from runner.engine.process import ProcessEngine
from runner.measure import FLEET_PROGRAM
from runner.measure.boxes import TRACE_PROGRAMS, TRACER_PROGRAM
from runner.records.json_line import from_json
from runner.records.outcome import Outcome
from tests.chosen import chosen
from tests.grade.corpus import DECOYS, HONEST, NO_MODEL, OWN, TRACED, Server
from tests.grade.graded import (
    accused,
    contradicting,
    failing,
    misjudged,
    outcomes,
    proof,
)

RECORDS = OWN / "records"
EVERY = 16
"""One of so many servers is measured anew."""
ALL = {**DECOYS, **HONEST}
SAMPLE = chosen([name for name in ALL if sha256(name.encode()).digest()[0] % EVERY == 0], 4)


@cache
def recorded(kind: str) -> Mapping[str, Sequence[Outcome]]:
    """What `make decoys` kept, by the servers' names."""
    lines = (RECORDS / f"{kind}.jsonl").read_text(encoding="utf-8").splitlines()
    held = [json.loads(line) for line in lines]
    return {each["name"]: [from_json(trial) for trial in each["outcomes"]] for each in held}


def test_no_server_is_forgotten() -> None:
    folders = {
        path.parent.name
        for root in (OWN, TRACED)
        for kind in ("decoys", "honest", "mutants")
        for path in (root / kind).glob("*/server.*")
    }
    assert folders == {name for name in ALL if not name.startswith("lab ")} | set(NO_MODEL)
    assert len(DECOYS) >= 60
    assert len(HONEST) >= 60
    assert set(recorded("decoys")) == set(DECOYS), "type: make decoys"
    assert set(recorded("honest")) == set(HONEST), "type: make decoys"


@pytest.mark.parametrize("server", DECOYS.values(), ids=DECOYS)
def test_a_decoy_is_found_by_the_columns_that_must_find_it(server: Server) -> None:
    seen = recorded("decoys")[server.name]
    against = contradicting(proof(server, seen))
    assert against >= set(server.found_by), proof(server, seen)
    assert server.found_by or server.unproven or not server.replies
    assert not misjudged(server, seen, honest=False), proof(server, seen)
    assert against or server.unproven or failing(seen) >= {"model", "speed"}


@pytest.mark.parametrize("server", HONEST.values(), ids=HONEST)
def test_an_honest_server_is_not_accused(server: Server) -> None:
    seen = recorded("honest")[server.name]
    assert not contradicting(proof(server, seen)), proof(server, seen)
    assert not accused(server, seen), failing(seen)


@pytest.fixture(scope="session")
def engine() -> Iterator[ProcessEngine]:
    engine = ProcessEngine()
    programs = [FLEET_PROGRAM, *TRACE_PROGRAMS, *(ALL[name].program for name in SAMPLE)]
    problems = engine.prepare(programs, print)
    if TRACER_PROGRAM in problems:
        pytest.skip(str(problems[TRACER_PROGRAM]))
    yield engine
    engine.close()


@pytest.mark.parametrize("name", SAMPLE)
def test_here_and_now_it_is_the_same(name: str, engine: ProcessEngine, tmp_path: Path) -> None:
    server = ALL[name]
    lacking = engine.prepare([server.program], print).get(server.program)
    if isinstance(lacking, MissingError):
        pytest.skip(str(lacking))
    seen = outcomes(server, engine, tmp_path)
    wrong = misjudged(server, seen, honest=name in HONEST)
    assert not wrong, (proof(server, seen), failing(seen))
