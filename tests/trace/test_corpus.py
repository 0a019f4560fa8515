"""Decoys are never called what they are not, and honest servers are never accused."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.engine.box import Program
from runner.engine.process import ProcessEngine
from runner.measure.server import ServerFault
from runner.measure.tracing import traced
from runner.trace.model import UNKNOWN
from tests.trace.corpus import DECOYS, HONEST
from tests.trace.servers import box_of

HERE = Path(__file__).parent


def program_of(kind: str, name: str) -> Program:
    folder = HERE / kind / name
    return Program("server", folder, "c" if (folder / "server.c").exists() else "python")


@pytest.mark.parametrize(("kind", "table"), [("decoys", DECOYS), ("honest", HONEST)])
def test_no_server_is_forgotten(kind: str, table: dict[str, tuple[str, ...]]) -> None:
    assert {path.parent.name for path in (HERE / kind).glob("*/server.*")} == set(table)


@pytest.mark.parametrize("name", DECOYS)
def test_a_decoy_gets_no_name_that_it_does_not_deserve(name: str, engine: ProcessEngine) -> None:
    try:
        found = traced(box_of(program_of("decoys", name), engine), engine, 20).classification
    except ServerFault:
        return  # it cannot be traced: its own fault, and no name
    assert found.model in (UNKNOWN, *DECOYS[name]), f"{found.because} {found.unclear}"
    assert found.model != UNKNOWN or found.unclear


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_server_is_not_accused(name: str, engine: ProcessEngine) -> None:
    found = traced(box_of(program_of("honest", name), engine), engine, 20).classification
    assert found.model in HONEST[name], f"{found.because} {found.unclear}"
