"""`runner plot`: figures in the terminal."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.figures.bars import Bar, Bars, Part
from runner.figures.chart import Chart, Point, Series
from runner.figures.dots import Dots, Row, Rows
from runner.figures.figure import Figure
from runner.figures.lanes import Box, Lane, Lanes
from runner.figures.quadrants import Quadrants
from runner.figures.scale import Axis
from runner.report.fit import wide
from runner.report.plot_text import in_text
from tests.cli.inside import controls, told
from tests.runs.strange import made
from tests.test_ci import commands

LONG = "a server with a name that no terminal has room for, 名字很长"
POINTS = tuple(
    Point(x, y, y * 0.8, y * 1.2, f"{x}: {y}")
    for x, y in ((0.0, 1e5), (900.0, 8e4), (10_000.0, 2e3))
)
FIGURES: dict[str, Figure] = {
    "chart": Chart(
        "Requests/s by idle connections",
        Axis("idle connections"),
        Axis("requests/s"),
        (
            Series("poll", POINTS, law=((900.0, 7e4), (9_000.0, 3e3)), law_says="k"),
            Series(LONG, tuple(Point(p.x, 1e5) for p in POINTS)),
        ),
        note="bars: intervals",
    ),
    "dots": Dots(
        "Requests/s",
        Axis("requests/s", "", "linear", zero=True),
        (
            Rows("idle: 0", (Row("poll", 8e4, "80,000", "", 7e4, 9e4, (7e4, 8e4, 9e4)),)),
            Rows(LONG, (Row(LONG, None, "INVALID", "", shape=1),)),
        ),
        shapes=("c", "python"),
    ),
    "bars": Bars(
        "Calls",
        Axis("calls per request", "", "linear"),
        (Bar("poll", (Part("read", 1.0, ""), Part(LONG, 2.0, "")), "3.00"),),
    ),
    "quadrants": Quadrants(
        "Two questions",
        ("blocking", "non-blocking"),
        ("synchronous", "asynchronous"),
        {("synchronous", "blocking"): ["select", "poll", LONG]},
    ),
    "lanes": Lanes(
        "Phases",
        ("wait", "copy"),
        (Lane(LONG, (Box("blocked", "blocked"), Box("copies", "running")), "none", False, False),),
    ),
}


@pytest.fixture(scope="module")
def results() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as name:
        made(Path(name))
        yield str(Path(name) / "results")


@pytest.mark.parametrize("width", [60, 80, 132])
@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_no_line_is_wider_than_the_terminal(figure: Figure, width: int) -> None:
    lines = in_text(figure, width).splitlines()
    assert max(map(wide, lines)) <= width
    assert lines[0].startswith(figure.title[:20])


def test_a_chart_has_its_points_its_ticks_and_a_letter_for_each_line() -> None:
    text = in_text(FIGURES["chart"], 80)
    lines = text.splitlines()
    assert sum(line.count("o") for line in lines if "│" in line) >= 3
    assert "o poll" in text
    assert "x a server" in text
    assert "100k" in text
    assert "10k" in lines[-2]
    assert "\x1b" not in text, "no colour, with or without NO_COLOR"


def test_a_row_shows_its_median_in_its_interval_and_a_missing_one_its_reason() -> None:
    row, missing = (
        next(line for line in in_text(FIGURES["dots"], 80).splitlines() if word in line)
        for word in ("80,000", "INVALID")
    )
    assert row.strip(" ").startswith("poll")
    assert "─o─" in row.replace("·", "─")
    assert "o" not in missing.replace("room", "").partition("INVALID")[0][26:]


def test_a_part_of_a_bar_is_as_long_as_its_share() -> None:
    bar = next(
        line for line in in_text(FIGURES["bars"], 80).splitlines() if line.startswith("poll")
    )
    assert bar.count("2") == pytest.approx(2 * bar.count("1"), abs=2)


def test_an_experiment_of_a_run(results: str) -> None:
    for experiment in ("idle", "ceiling", "play", "calls", "probe", "seen"):
        found = told("plot", experiment, "--results", results)
        assert found.code == 0, found
        assert (controls(found.out), commands(found.out)) == ([], [])
    assert "requests/s" in told("plot", "idle", "--results", results).out
    assert "1 read" in told("plot", "calls", "--results", results).out
    assert "has no figure" in told("plot", "probe", "--results", results).out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["idel"], "has no experiment 'idel'; did you mean 'idle'?"),
        (["zzz"], "has no experiment 'zzz'; it has idle, ceiling"),
        (["a", "b", "c"], "'c' is one word too many; type runner plot RUN EXPERIMENT"),
        (["nowhere", "idle"], "nowhere"),
    ],
)
def test_a_wrong_word_says_what_to_type(results: str, words: list[str], said: str) -> None:
    found = told("plot", *words, "--results", results)
    assert found.code == 2
    assert said in found.err
