"""How a run ends on a terminal: one screen, whatever it has measured."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from runner.claims.of_run import ruled
from runner.judge import verdicts
from runner.judge.run import Run
from runner.records.outcome import Status
from runner.report import for_terminal
from runner.report.answer import answers
from runner.report.fit import wide
from runner.report.one_screen import one_screen
from runner.report.summary_line import closing
from tests.page.test_page import sound


def many(run: Run, count: int) -> Run:
    """The same with so many experiments."""
    first = run.suite.experiments[0]
    copies = [first.model_copy(update={"id": f"idle-{n}"}) for n in range(count)]
    measured = [
        replace(m, cell=replace(m.cell, experiment=each.id), trial=f"{each.id}/{n}")
        for each in copies
        for n, m in enumerate(run.measurements)
        if m.cell.experiment == first.id
    ]
    suite = run.suite.model_copy(update={"experiments": tuple(copies)})
    return replace(run, suite=suite, measurements=measured, verdicts=verdicts(suite, measured))


def invalid(run: Run) -> Run:
    records = [replace(m, status=Status.INVALID, reason="busy") for m in run.measurements]
    return replace(run, measurements=records, verdicts=verdicts(run.suite, records))


@pytest.mark.parametrize("run", [sound(), many(sound(), 40), invalid(sound())], ids="abc")
@pytest.mark.parametrize(("width", "height"), [(80, 24), (60, 20), (200, 50)])
def test_it_fits_the_screen(run: Run, width: int, height: int) -> None:
    text = one_screen(run, ruled(run), width, height, "results/r/report.html")
    lines = text.splitlines()
    assert len(lines) < height, "the line of the prompt is below it"
    assert max(map(wide, lines)) <= width
    assert lines[-1] == "report: results/r/report.html"
    assert " ".join(closing(run).split()[:4]) in " ".join(text.split())


def test_each_experiment_has_a_line_with_its_figure_first() -> None:
    run = sound()
    text = one_screen(run, ruled(run), 160, None, "")
    for each in answers(run, ruled(run)):
        (line,) = (line for line in text.splitlines() if f" {each.experiment} " in line)
        assert line.startswith(each.outcome)
        assert each.short[:40].rstrip() in line
    assert re.search(r"ceiling +EMFILE \(= EMFILE\): limit of every cell", text)


def test_what_is_open_says_what_would_decide_it() -> None:
    text = one_screen(invalid(sound()), ruled(sound()), 160, None, "")
    assert re.search(r"open: \d+ \(idle 2, ceiling, .*\): it takes a quieter machine", text)


def test_those_that_need_no_look_are_left_out_first() -> None:
    run = many(sound(), 40)
    broken = [
        replace(m, metrics={**m.metrics, "errors": 5}) if m.cell.experiment == "idle-39" else m
        for m in run.measurements
    ]
    run = replace(run, measurements=broken, verdicts=verdicts(run.suite, broken))
    text = one_screen(run, ruled(run), 80, 24, "")
    assert "idle-39" in text
    assert len(text.splitlines()) < 24


def test_the_terminal_ends_with_it_and_shows_no_table_twice() -> None:
    run = sound()
    text = for_terminal(run, ruled(run), 100, but=["idle"], height=24, report="r.html")
    assert text.endswith("report: r.html\n")
    assert "What do idle connections cost?" not in text
    assert "Where does each stop?" in text
