"""Evidence of probes in report.html: the tables that a claim rests on, or the facts as they are."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from runner.claims.of_run import ruled
from runner.judge.run import Run
from runner.records.outcome import Outcome, Status
from runner.report.facts import MOST, tables_of_run
from tests.conftest import MakeSuite
from tests.page.markup import faults, of_tag, parsed, words
from tests.recorded import recorded
from tests.reports import report

SUITE = """
    experiments:
      - id: one
        title: What does a closed descriptor do?
        measure: probe
        probe: {name: select_ceiling, language: [c, python]}
        repeat: 1
      - id: two
        title: What wakes each call?
        claims: [C7]
        measure: probe
        probe: {name: wake_up}
        repeat: 1
"""
HOSTILE = "<b>x</b>"


def told(call: str, reason: str, said: str) -> dict[str, object]:
    return {"call": call, "reason": reason, "told": said, "before": "timeout"}


WOKEN = [
    told(call, reason, f"{reason} of {call}")
    for call in ("select", "poll", "epoll")
    for reason in ("readable", "writable", "exceptional", "timeout", "reset")
]
CLOSED: list[dict[str, object]] = [
    {"case": "closed", "events": 1},
    {"case": HOSTILE, "events": 1200},
    {"other": 0.5},
]


@pytest.fixture
def run(suite_of: MakeSuite) -> Run:
    suite = suite_of(SUITE)
    found: dict[str, list[dict[str, object]]] = {"one": CLOSED, "two": WOKEN}
    measurements = [
        Outcome(
            f"{experiment.id}/{cell.name}#1",
            cell,
            0,
            Status.OK,
            "",
            {"findings": len(found[experiment.id])},
            recorded(findings=found[experiment.id]),
        )
        for experiment in suite.experiments
        for cell in experiment.cells()
    ]
    return Run("r", {}, suite, measurements, ())


def evidence(run: Run, experiment: str) -> list[list[str]]:
    (section,) = (
        each
        for each in of_tag(parsed(report("html", run)), "section")
        if each.get("aria-labelledby") == f"x-{experiment}"
    )
    tables = [
        each
        for each in of_tag(section, "div")
        if (each.get("aria-label") or "").startswith("Evidence")
    ]
    return [[words(cell) for cell in of_tag(table, "td")] for table in tables]


def test_the_facts_of_a_probe_are_tables_by_their_fields(run: Run) -> None:
    first, second = evidence(run, "one")
    closed = ["closed", "1", HOSTILE, "1200"]
    assert first == [
        "c",
        *closed[:2],
        "c",
        *closed[2:],
        "python",
        *closed[:2],
        "python",
        *closed[2:],
    ]
    assert second == ["c", "0.5", "python", "0.5"]
    assert faults(report("html", run)) == []


def test_a_claims_tables_stand_with_its_probe(run: Run) -> None:
    claims = ruled(run)
    tables = claims["C7"][1].tables
    assert tables
    assert tables_of_run(run, claims)["two"] == list(tables)
    shown = [cell for table in evidence(run, "two") for cell in table]
    assert shown == [cell for table in tables for row in table.rows for cell in row]


def test_the_json_has_the_same_tables(run: Run) -> None:
    found = json.loads(report("json", run))["evidence"]
    for name in ("one", "two"):
        cells = [[c for row in t["rows"] for c in row] for t in found if t["experiment"] == name]
        assert cells == evidence(run, name)


def test_many_facts_are_cut_and_the_caption_says_so(run: Run) -> None:
    facts = [{"number": number} for number in range(MOST + 5)]
    many = [replace(m, record=recorded(findings=facts)) for m in run.measurements[:1]]
    (table,) = tables_of_run(replace(run, measurements=many), {})["one"]
    assert len(table.rows) == MOST
    assert table.title.endswith(f"the first {MOST} of {MOST + 5}")
