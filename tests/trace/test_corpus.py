"""Decoys are never called what they are not, and honest servers are never accused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runner.engine.box import Program
from runner.engine.process import ProcessEngine
from runner.measure.server import ServerFault
from runner.measure.tracing import traced
from runner.trace.classification import UNKNOWN, Classification
from tests.chosen import chosen
from tests.trace.corpus import DECOYS, HONEST
from tests.trace.servers import box_of

HERE = Path(__file__).parent
AT_ONCE = 2
EVERY = 6
"""One batch of so many is traced; tests/grade/test_corpus.py proves all from their records."""
ALONE = {
    "asyncio_with_ticker",
    "blocking_with_a_timer",
    "epoll_and_a_timer",
    "epoll_each_3_ms",
    "poll_each_5_ms",
    "select_each_2_ms",
    "selectors_each_4_ms",
    "thread_each_timed_recv",
}
"""Their own clocks stop them every few milliseconds: beside others they would do little else."""


def program_of(kind: str, name: str) -> Program:
    folder = HERE / kind / name
    return Program("server", folder, "c" if (folder / "server.c").exists() else "python")


def batches(names: Iterable[str]) -> list[tuple[str, ...]]:
    """What is traced at the same time: a conversation mostly waits."""
    alone = [(name,) for name in names if name in ALONE]
    every = tuple(name for name in names if name not in ALONE)
    return alone + [every[first : first + AT_ONCE] for first in range(0, len(every), AT_ONCE)]


def classified(kind: str, names: Sequence[str], engine: ProcessEngine) -> dict[str, Classification]:
    """Without those that cannot be traced, which is their own fault."""

    def one(name: str) -> Classification | None:
        try:
            return traced(box_of(program_of(kind, name), engine), engine, 20).classification
        except ServerFault:
            return None

    with ThreadPoolExecutor(len(names)) as pool:
        seen = zip(names, pool.map(one, names), strict=True)
    return {name: found for name, found in seen if found is not None}


@pytest.mark.parametrize(("kind", "table"), [("decoys", DECOYS), ("honest", HONEST)])
def test_no_server_is_forgotten(kind: str, table: dict[str, tuple[str, ...]]) -> None:
    assert {path.parent.name for path in (HERE / kind).glob("*/server.*")} == set(table)


@pytest.mark.parametrize("names", chosen(batches(DECOYS), EVERY), ids="+".join)
def test_a_decoy_gets_no_name_that_it_does_not_deserve(
    names: tuple[str, ...], engine: ProcessEngine
) -> None:
    seen = classified("decoys", names, engine)
    wrong = {
        name: found
        for name, found in seen.items()
        if found.model not in (UNKNOWN, *DECOYS[name])
        or (found.model == UNKNOWN and not found.unclear)
    }
    assert wrong == {}


@pytest.mark.parametrize("names", chosen(batches(HONEST), EVERY), ids="+".join)
def test_an_honest_server_is_not_accused(names: tuple[str, ...], engine: ProcessEngine) -> None:
    seen = classified("honest", names, engine)
    assert set(seen) == set(names)
    assert {name: found for name, found in seen.items() if found.model not in HONEST[name]} == {}
