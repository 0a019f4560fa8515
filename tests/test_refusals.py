"""REFUSED, other lines and SIGTERM: what a server says and does after READY."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from runner import measure
from runner.engine.box import EngineError, Exit
from runner.judge import verdicts
from runner.judge.run import CellSummary
from runner.plan import Host, Trial, expand
from runner.records.outcome import Outcome, Status
from runner.report import Run, table
from runner.report.contract import breaches
from tests.conftest import MakeSuite
from tests.fake_engine import READY, FakeEngine, Script, fleet, server

LOAD = """
    experiments:
      - {id: e, title: t, server: {lab: epoll}, fleet: {idle: 200, active: 50}}
"""
CEILING = """
    experiments:
      - {id: e, title: t, measure: ceiling, server: {lab: select}, limits: {nofile: NOFILE}}
"""
HOST = Host(20_000, (0, 1))


@pytest.fixture
def load(suite_of: MakeSuite) -> Trial:
    return expand(suite_of(LOAD), HOST, repeat=1).trials[0]


@pytest.fixture
def ceiling(suite_of: MakeSuite) -> Callable[[int], Trial]:
    def make(nofile: int) -> Trial:
        return expand(suite_of(CEILING.replace("NOFILE", str(nofile))), HOST, repeat=1).trials[0]

    return make


def run(trial: Trial, *scripts: Script | EngineError, leaving: bool = False) -> Outcome:
    engine = FakeEngine(scripts)
    engine.leaving = leaving
    found = measure.run(trial, engine, {})
    assert all(box.removed for box in engine.boxes), "every box is removed, whatever happened"
    return found


def refusing(served: int, **fields: Any) -> Script:
    told = {"served": served, "refused": 9, "stopped_by": "closed", "requests": 0, **fields}
    return fleet(**told)


@pytest.mark.parametrize(
    "claim",
    [
        "REFUSED limit=FD_SETSIZE fd=²",
        "REFUSED limit=FD_SETSIZE",
        "REFUSED fd=1024",
        "REFUSED",
        f"REFUSED limit=X fd={'1' * 5000}",
        "REFUSED limit=::error:: fd=5",
    ],
)
def test_a_refused_line_of_another_form_fails(ceiling: Callable[[int], Trial], claim: str) -> None:
    found = run(ceiling(4096), server(claim), refusing(1019))
    assert found.status is Status.FAIL
    assert "not 'REFUSED limit=NAME fd=NUMBER'" in found.reason
    assert len(found.reason) < 300


@pytest.mark.parametrize(
    ("nofile", "claim"),
    [
        (300, "limit=FD_SETSIZE fd=1024"),
        (300, "limit=EMFILE fd=301"),
        (4096, "limit=FD_SETSIZE fd=1023"),
        (300, "limit=PROCESSES fd=300"),
    ],
)
def test_a_limit_that_cannot_have_been_met_fails(
    ceiling: Callable[[int], Trial], nofile: int, claim: str
) -> None:
    found = run(ceiling(nofile), server(f"REFUSED {claim}"), refusing(295))
    assert found.status is Status.FAIL
    assert "which is impossible" in found.reason
    assert found.record.final is True


@pytest.mark.parametrize(
    ("claim", "served", "opened", "why"),
    [
        ("limit=FD_SETSIZE fd=1024", 4091, 4096, "it served 4091 connections at once"),
        (
            "limit=FD_SETSIZE fd=1024",
            295,
            299,
            "none of its processes had more than 299 descriptors",
        ),
        ("limit=EMFILE fd=300", 295, 299, "descriptors end at 4096"),
        ("limit=EMFILE fd=4096", 295, 299, "none of its processes had more than 299 descriptors"),
        ("limit=memory fd=77", 10, 15, "none of its processes had more than 15 descriptors"),
        ("limit=FD_SETSIZE fd=1024", 10, 1024, "it served only 10 connections"),  # it filled up
        ("limit=FD_SETSIZE fd=1024", 10, 0, "it served only 10 connections"),  # a daemon elsewhere
        ("limit=memory fd=177", 10, 0, "it served only 10 connections"),
    ],
)
def test_a_limit_that_contradicts_what_was_seen_is_unknown(
    ceiling: Callable[[int], Trial], claim: str, served: int, opened: int, why: str
) -> None:
    says = server(f"REFUSED {claim}", descriptors=opened)
    found = run(ceiling(4096), says, refusing(served))
    assert found.status is Status.OK, found.reason
    assert (found.metrics["limit"], found.metrics["served"]) == ("unknown", served)
    assert "refused_fd" not in found.metrics
    [note] = found.record.notes or ()
    assert f"REFUSED {claim} contradicts the measurement: " in note
    assert why in note


@pytest.mark.parametrize(
    ("nofile", "claim", "served", "opened"),
    [
        (4096, "limit=FD_SETSIZE fd=1024", 1019, 1023),
        (300, "limit=EMFILE fd=300", 295, 299),
        (256, "limit=EMFILE fd=256", 250, 254),
        (4096, "limit=EMFILE fd=4096", 1360, 4094),  # three descriptors a client
        (4096, "limit=FD_SETSIZE fd=1024", 1019, 0),  # a daemon elsewhere: not to be seen
        (4096, "limit=PROCESSES fd=5", 60, 5),
        (4096, "limit=EMFILE fd=4096", 700, 4096),  # the others wait in it for their turn
        (4096, "limit=max_user_watches fd=77", 70, 76),
    ],
)
def test_a_limit_that_goes_with_what_was_seen_is_named(
    ceiling: Callable[[int], Trial], nofile: int, claim: str, served: int, opened: int
) -> None:
    says = server(f"REFUSED {claim}", descriptors=opened)
    found = run(ceiling(nofile), says, refusing(served))
    assert (found.status, found.record.notes) == (Status.OK, ())
    assert f"limit={found.metrics['limit']} fd={found.metrics['refused_fd']}" == claim


def test_refused_before_a_client_came_fails(ceiling: Callable[[int], Trial]) -> None:
    early = Script([READY, "REFUSED limit=FD_SETSIZE fd=1024"])
    found = run(ceiling(4096), early, refusing(1019))
    assert found.status is Status.FAIL
    assert "before any client came" in found.reason


def test_refused_where_no_client_was_refused_is_noted(
    load: Trial, ceiling: Callable[[int], Trial]
) -> None:
    capped: dict[str, Any] = {"served": 3000, "refused": 0, "stopped_by": "cap", "requests": 0}
    found = run(ceiling(4096), server("REFUSED limit=EMFILE fd=4096"), fleet(**capped))
    assert (found.status, found.metrics["limit"]) == (Status.OK, "none")
    assert "the load generator was never refused" in (found.record.notes or ("",))[0]
    found = run(load, server("REFUSED limit=EMFILE fd=500"), fleet(idle=200, active=50))
    assert "the load generator was never refused" in (found.record.notes or ("",))[0]


def test_more_lines_on_stdout_are_noted(load: Trial) -> None:
    found = run(load, server("hello", "READY port=9000"), fleet(idle=200, active=50))
    assert found.status is Status.OK
    assert "printed lines on stdout after READY" in (found.record.notes or ("",))[0]
    assert "(2, the first" in (found.record.notes or ("",))[0]


@pytest.mark.parametrize("line", ["", "   "], ids=["NUL, or nothing", "spaces"])
def test_a_line_that_cannot_be_seen_is_not_quoted(load: Trial, line: str) -> None:
    """What cannot be printed was removed where the line entered."""
    found = run(load, server(line), fleet(idle=200, active=50))
    assert "forbids (1, no character of them visible)" in (found.record.notes or ("",))[0]


@pytest.mark.parametrize(
    ("stopped", "said"),
    [
        (Exit(None, 9), "ignored SIGTERM for 2 s and was killed"),
        (Exit(3), "ended with exit code 3 on SIGTERM"),
        (Exit(None, 15), "ended with signal 15 on SIGTERM"),
    ],
)
def test_how_it_takes_sigterm_is_noted(load: Trial, stopped: Exit, said: str) -> None:
    found = run(load, server(stopped=stopped), fleet(idle=200, active=50))
    assert found.status is Status.OK
    assert said in (found.record.notes or ("",))[0]


class Endless(Script):
    """A server that never stops printing."""

    def __init__(self, *first: str | None, line: str) -> None:
        super().__init__([])
        self.count = 0
        self.lines = Lines(first, line)


class Lines(list[str | None]):
    def __init__(self, first: tuple[str | None, ...], line: str) -> None:
        super().__init__([*first, line])
        self.line = line
        self.read = 0

    def pop(self, index: Any = -1) -> str | None:
        self.read += 1
        assert self.read < 100_000, "it is read for ever"
        return super().pop(index) if len(self) > 1 else self.line


@pytest.mark.parametrize("line", ["more", "REFUSED limit=FD_SETSIZE fd=1024", ""])
def test_lines_without_end_after_ready_are_bounded(
    ceiling: Callable[[int], Trial], line: str
) -> None:
    found = run(ceiling(4096), Endless(READY, None, line=line), refusing(1019))
    assert found.status is Status.OK, found.reason
    assert len(found.record.refusals or ()) <= 1000
    assert "REFUSED" in line or "(1000 or more, " in (found.record.notes or ("",))[0]


def test_a_line_without_its_newline_is_noted_when_the_server_has_ended(load: Trial) -> None:
    """While the server runs it is no line. What is refused so late explains no figure."""
    late = Script([READY, None, None, "x" * 500, "REFUSED limit=²"], silent=False)
    found = run(load, late, fleet(idle=200, active=50))
    assert found.status is Status.OK, found.reason
    assert f"forbids (1, the first '{'x' * 80}')" in (found.record.notes or ("",))[0]
    assert found.record.refusals == ()


def test_the_report_names_what_the_contract_forbids(load: Trial, suite_of: MakeSuite) -> None:
    deaf = Exit(None, 9)
    first = run(load, server("hello", stopped=deaf), fleet(idle=200, active=50))
    second = run(load, server("hello", "more", stopped=deaf), fleet(idle=200, active=50))
    row = CellSummary(load.cell, (first, second))
    other = CellSummary(replace(load.cell, values=(("lab", "poll"),)), (first,))
    printed, ended = breaches([row, other])
    assert printed.startswith("note: ")
    assert "lab=epoll" in printed
    assert "lab=poll" in printed
    assert "printed lines on stdout" in printed
    assert "ignored SIGTERM" in ended
    suite = suite_of(LOAD)
    shown = table.render(Run("r", {}, suite, (first,), verdicts(suite, [first])))
    assert "the server ignored SIGTERM for 2 s and was killed" in " ".join(shown.split())
