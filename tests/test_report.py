"""Reports: every format holds the same run, and nothing a server wrote gets out of its place."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest
from junitparser import JUnitXml

from runner.judge import verdicts
from runner.records.outcome import Outcome, Status
from runner.report import FORMATS, Run
from runner.spec import METRICS
from tests.conftest import MakeSuite
from tests.recorded import recorded
from tests.reports import on_terminal, report

SUITE = """
    experiments:
      - id: sweep
        title: What do idle connections cost?
        claims: [C9]
        server: {lab: [poll, epoll]}
        fleet: {idle: [0, 5k]}
        expect:
          - {ratio: rate, of: {lab: epoll, idle: 5k}, to: {lab: poll, idle: 5k},
             at_least: 5, points: 3}
          - {ratio: rate, of: {lab: epoll, idle: 5k}, to: {lab: epoll, idle: 0}, at_least: 0.9}
          - {metric: errors, of: {lab: poll, idle: 0}, at_most: 0}
"""
RATES = {
    ("poll", 0): 100_000,
    ("poll", 5000): 10_000,
    ("epoll", 0): 100_000,
    ("epoll", 5000): 80_000,
}


@pytest.fixture
def run(suite_of: MakeSuite) -> Run:
    suite = suite_of(SUITE)
    measurements = [
        Outcome(
            f"sweep/{cell.name}#{block + 1}",
            cell,
            block,
            Status.OK,
            metrics={
                "rate": RATES[str(cell.get("lab")), int(cell.get("idle") or 0)] * (1 + block / 100),
                "errors": 0,
                "p50": 500_000,
                "p99": 900_000,
                "cpu_per_request": 9_500,
                "server_cpu": 0.95,
            },
        )
        for block in range(5)
        for cell in suite.experiments[0].cells()
    ]
    return Run(
        "r1", {"engine": {"name": "fake"}}, suite, measurements, verdicts(suite, measurements)
    )


def test_the_table_has_units_figures_and_margins(run: Run) -> None:
    text = report("table", run)
    for shown in (
        "What do idle connections cost?  [sweep: C9]",
        "req/s", "p99 µs", "102,000", "0.10",
        "×8", "≥ ×5", "+60%", "PASS", "FAIL", "20 trials, verdicts: 1 FAIL, 2 PASS; 3 of 3 points",
    ):  # fmt: skip
        assert shown in text, f"{shown!r} is not in\n{text}"
    lines = [line for line in text.splitlines() if line.startswith(("poll", "epoll"))]
    assert len(lines) == 4
    assert len({len(line) for line in lines}) == 1, "columns are aligned"


def test_sections_are_tables_with_a_best_cell_of_their_own(run: Run, suite_of: MakeSuite) -> None:
    suite = suite_of(SUITE.replace("claims: [C9]", "sections: idle"))
    text = report("table", replace(run, suite=suite))
    first, second = text.index("idle: 0\n"), text.index("idle: 5k\n")
    assert "idle " not in text.replace("idle connections", "")
    tables = text[first:second], text[second:]
    of_best = {
        line.split()[0] + str(number): line.split()[3]
        for number, table in enumerate(tables)
        for line in table.splitlines()
        if line.startswith(("poll", "epoll"))
    }
    assert of_best == {"poll0": "1.00", "epoll0": "1.00", "poll1": "0.12", "epoll1": "1.00"}
    assert "**idle: 5k**" in report("markdown", replace(run, suite=suite))


def _measured(m: Outcome, *, turns: int, block: int, at: float) -> Outcome:
    """The same as if it had run in that block at that time, in turns with others or alone."""
    asked = {"turns": turns, "slot_ns": 50_000_000 if turns else 0, "duration_ns": 300_000_000}
    record = recorded(asked=asked, began=at, ended=at + 0.9)
    trial = f"{m.cell.experiment}/{m.cell.name}#{block + 1}"
    return replace(m, trial=trial, block=block, record=record)


def _of_best(run: Run, measurements: list[Outcome]) -> dict[str, str]:
    """What the column `of best` holds, by lab and idle connections; empty without the column."""
    text = report("table", replace(run, measurements=measurements, verdicts=()))
    head = next(line for line in text.splitlines() if line.startswith("lab "))
    if "of best" not in head:
        return {}
    column = head.split().index("req/s") + 2
    lines = [line.split() for line in text.splitlines() if line.startswith(("poll", "epoll"))]
    return {f"{words[0]} {words[1]}": words[column] for words in lines}


def test_a_row_measured_alone_has_no_rank_beside_rows_measured_in_turns(run: Run) -> None:
    cells = run.suite.experiments[0].cells()
    first = {m.cell: m for m in run.measurements if m.block == 0}
    alone, *three = (first[cell] for cell in cells)
    some = [_measured(m, turns=3, block=b, at=b) for b in range(4) for m in three]
    once = _measured(alone, turns=0, block=0, at=90)
    assert _of_best(run, [*some, once]) == {
        "poll 0": "–", "poll 5000": "0.10", "epoll 0": "1.00", "epoll 5000": "0.80",
    }  # fmt: skip
    often = [_measured(alone, turns=0, block=b, at=90 + b) for b in range(4)]
    assert _of_best(run, [*some, *often])["poll 0"] == "–", "as often, but not in turns"


def test_rows_repeated_unequally_are_not_ranked(run: Run) -> None:
    cells = run.suite.experiments[0].cells()
    first = {m.cell: m for m in run.measurements if m.block == 0}
    some = [_measured(first[cell], turns=4, block=b, at=b) for b in range(4) for cell in cells]
    assert _of_best(run, some)["epoll 0"] == "1.00"
    lost = [replace(m, status=Status.INVALID) if m is some[2] else m for m in some]
    assert _of_best(run, lost)["epoll 0"] == "–", "three of its four repeats are sound"
    once = [m for m in some if m.block == 0]
    assert not _of_best(run, once), "one repeat of each says nothing about its own spread"


def test_two_groups_of_turns_in_one_table_are_not_ranked(run: Run) -> None:
    """The second pair ran seconds after the first, on what may be another machine by then."""
    cells = run.suite.experiments[0].cells()
    first = {m.cell: m for m in run.measurements if m.block == 0}
    some = [
        _measured(first[cell], turns=2, block=b, at=10 * b + 5 * (n // 2))
        for b in range(8)
        for n, cell in enumerate(cells)
    ]
    assert not _of_best(run, some)


def test_rows_measured_once_one_after_the_other_are_not_ranked(run: Run) -> None:
    once = [m for m in run.measurements if m.block == 0]
    assert not _of_best(run, once)
    assert _of_best(run, list(run.measurements))["epoll 0"] == "1.00", "five blocks of all rows"


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_tables_fit_the_terminal_and_no_sentence_is_cut(run: Run, width: int) -> None:
    reason = "the listen queue dropped 17 connections; raise somaxconn on this machine"
    some = [
        replace(m, metrics={**m.metrics, "threads": 51, "fleet_cpu": 0.5, "p999": 1e6})
        if m.block
        else replace(m, status=Status.INVALID, reason=reason)
        for m in run.measurements
    ]
    invalid = replace(run, measurements=some, verdicts=verdicts(run.suite, some))
    for shown in (run, invalid):
        text = on_terminal(shown, width)
        assert max(map(len, text.splitlines())) <= width, text
        whole = " ".join(text.split())
        for said in ("rate: epoll 5k ÷ poll 5k", "×8", "bound", "req/s"):
            assert said in whole
    assert "left out, for" in on_terminal(invalid, 80)
    assert "fleet CPU" not in on_terminal(invalid, 80).split("left out")[0], "it says least"
    assert "left out" not in report("table", invalid), "a file has all of them"


def test_what_stands_apart_is_named_and_kept(run: Run) -> None:
    wild = replace(run.measurements[1], metrics={**run.measurements[1].metrics, "rate": 4_000})
    some = [run.measurements[0], wild, *run.measurements[2:]]
    text = report("table", replace(run, measurements=some, verdicts=verdicts(run.suite, some)))
    assert f"outlier, kept: {wild.trial}: rate is -61% off its cell's median" in text
    assert report("table", run).count("outlier") == 0
    assert [line for line in text.splitlines() if line.startswith("poll") and line.endswith("5")]


def test_a_noisy_cell_is_flagged_with_its_limit(run: Run) -> None:
    some = [
        replace(m, metrics={**m.metrics, "rate": float(m.metrics["rate"]) * (1 + m.block / 5)})
        if m.cell.get("lab") == "epoll"
        else m
        for m in run.measurements
    ]
    found = replace(run, measurements=some, verdicts=verdicts(run.suite, some))
    text = report("table", found)
    assert "INCONCLUSIVE NOISY" in text
    assert "a typical repeat is off the median by 22.8%, more than 10%" in text
    assert json.loads(report("json", found))["verdicts"][0]["noisy"] is True


def test_json_jsonl_and_csv_hold_every_trial(run: Run) -> None:
    document = json.loads(report("json", run))
    assert len(document["trials"]) == 20
    assert [v["outcome"] for v in document["verdicts"]] == ["PASS", "FAIL", "PASS"]
    assert document["verdicts"][0]["findings"][0]["interval"]["low"] > 5
    lines = report("jsonl", run).splitlines()
    assert [json.loads(line) for line in lines] == document["trials"]
    rows = list(csv.DictReader(io.StringIO(report("csv", run))))
    assert len(rows) == 20
    assert float(rows[0]["rate_requests_per_s"]) > 0
    assert sum(1 for name in rows[0] if name.split("_")[0] in METRICS) >= 3


def test_markdown_is_a_table_that_renders(run: Run) -> None:
    text = report("markdown", run)
    assert "### What do idle connections cost?" in text
    widths = {line.count("|") for line in text.splitlines() if line.startswith("| ")}
    assert len(widths) == 2, "one width for the cells, one for the verdicts"


def test_junit_puts_each_outcome_where_ci_looks_for_it(run: Run) -> None:
    document = JUnitXml.fromstring(report("junit", run).encode())
    assert (document.tests, document.failures, document.errors, document.skipped) == (3, 1, 0, 0)
    invalid = [
        replace(m, status=Status.ERROR, reason="daemon\x1b[31m gone") for m in run.measurements
    ]
    errors = replace(run, measurements=invalid, verdicts=verdicts(run.suite, invalid))
    document = JUnitXml.fromstring(report("junit", errors).encode())
    assert (document.tests, document.failures, document.errors) == (3, 0, 3)


def test_a_cell_that_could_not_be_measured_shows_why(run: Run) -> None:
    some = [
        replace(m, status=Status.SKIP, reason="nofile 5114 was asked", metrics={})
        if m.cell.get("idle") == 5000
        else m
        for m in run.measurements
    ]
    text = report("table", replace(run, measurements=some, verdicts=verdicts(run.suite, some)))
    assert "SKIP: nofile 5114 was asked" in text
    assert "2 SKIP, 1 PASS" in text


def test_a_spreadsheet_takes_no_reason_for_a_formula(run: Run) -> None:
    armed = replace(run, measurements=[replace(run.measurements[0], reason="=1+1")])
    assert "'=1+1" in report("csv", armed)


def test_a_probe_alone_shows_the_limit_that_it_had(suite_of: MakeSuite) -> None:
    """The example of docs/probes.md: where no server ran, the limit is the probe's."""
    suite = suite_of("""
        experiments:
          - id: fd
            title: What happens to descriptor 1024?
            measure: probe
            probe: {name: select_ceiling}
            limits: {nofile: [1024, max]}
    """)
    record = recorded(granted={"probe": {"soft": 4096, "hard": 4096}})
    found = {"findings": 1.0}
    cells = suite.experiments[0].cells()
    measurements = [Outcome(c.name, c, 0, Status.OK, "", found, record) for c in cells]
    for style in FORMATS:
        text = report(style, Run("r1", {}, suite, measurements, []))
        assert style not in ("table", "markdown") or "max = 4096" in text


def test_a_report_says_where_it_is_from(run: Run) -> None:
    host = {"kernel": "6.1.0", "machine": "x86_64", "cpu": "AMD EPYC", "cpus": [0, 1]}
    started = "2026-11-24T23:40:24+00:00"
    about = {"engine": {"name": "process"}, "started": started, "host": host}
    first = "engine process, AMD EPYC, 2 CPUs, Linux 6.1.0 x86_64, 2026-11-24 23:40:24 UTC"
    known = replace(run, environment=about)
    for style in ("table", "markdown"):
        assert report(style, known).startswith(first + "\n\n")
    assert first in report("junit", known)


def test_one_of_a_thing_is_one(run: Run) -> None:
    one = replace(run, measurements=run.measurements[:1], environment={"resumes": [{}]})
    text = report("table", one)
    assert "1 trial (the run was resumed once; 1 trial from before), verdicts: " in text


def test_what_was_repeated_and_why_is_in_the_last_line(run: Run) -> None:
    again = [
        replace(run.measurements[0], status=status)
        for status in (Status.INVALID, Status.INVALID, Status.ERROR, Status.OK)
    ]
    text = report("table", replace(run, superseded=again))
    assert "(repeated: 1 ERROR, 2 INVALID and 1 interleaved with them)" in text


def test_what_stayed_invalid_is_counted_in_the_last_line(run: Run) -> None:
    invalid = replace(run.measurements[0], status=Status.INVALID, reason="others ran")
    text = report("table", replace(run, measurements=[invalid, *run.measurements[1:]]))
    assert "20 trials, 1 still INVALID, verdicts: " in text
    assert "INVALID" not in report("table", run)
