"""Axes, cells, selectors, pairs, and what --quick keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.spec import Cell, Experiment, MetricExpectation, RatioExpectation, Timing, load, pairs
from tests.spec.broken_spec import lay

HEAD = """\
version: 1
defaults: {repeat: 4, warmup: 0s, duration: 2s, seed: 7, timeout: 30s}
experiments:
  - id: a
    title: t
    server: {lab: [select, epoll], language: c}
    fleet: {idle: [0, 10k, max], active: [1, 50], payload: 64B}
    exclude: [{lab: select, idle: [10k, max]}]
"""


def first(tmp_path: Path, rest: str, head: str = HEAD) -> Experiment:
    return load(lay(tmp_path, {"spec.yaml": head + rest})).experiments[0]


def test_axes_in_their_order(tmp_path: Path) -> None:
    assert first(tmp_path, "").axes() == {
        "lab": ("select", "epoll"),
        "language": ("c",),
        "nofile": ("max",),
        "idle": (0, 10_000, "max"),
        "active": (1, 50),
        "payload": (64,),
    }


def test_a_ceiling_has_no_load(tmp_path: Path) -> None:
    head = (
        "version: 1\nexperiments:\n  - {id: a, title: t, server: {lab: poll}, measure: ceiling}\n"
    )
    assert list(first(tmp_path, "", head).axes()) == ["lab", "language", "nofile"]


def test_cells_as_written_without_the_excluded(tmp_path: Path) -> None:
    cells = first(tmp_path, "").cells()
    assert [cell.name for cell in cells] == [
        "lab=select idle=0 active=1",
        "lab=select idle=0 active=50",
        "lab=epoll idle=0 active=1",
        "lab=epoll idle=0 active=50",
        "lab=epoll idle=10k active=1",
        "lab=epoll idle=10k active=50",
        "lab=epoll idle=max active=1",
        "lab=epoll idle=max active=50",
    ]
    assert cells[4].full_name == "lab=epoll language=c nofile=max idle=10k active=1 payload=64B"
    assert cells[4].get("idle") == 10_000
    assert cells[6].get("idle") == "max"
    assert cells[4].get("colour") is None
    assert cells[0].varying == ("lab", "idle", "active")


def test_one_cell_has_a_name_too() -> None:
    assert (
        Cell("a", (("lab", "poll"), ("language", "c"), ("idle", 0))).name == "lab=poll language=c"
    )


def test_selectors_speak_the_matrix_units(tmp_path: Path) -> None:
    experiment = first(
        tmp_path,
        "    expect:\n"
        "      - {metric: errors, of: {idle: 10000, payload: 64B}, at_most: 0}\n"
        "      - {metric: errors, of: {idle: [10k, max], lab: epoll, active: 50}, at_most: 0}\n"
        "      - {metric: errors, at_most: 0}\n",
    )
    counts = [
        sum(cell.matches(expectation.of) for cell in experiment.cells())
        for expectation in experiment.expect
    ]
    assert counts == [2, 2, 8]
    assert str(experiment.expect[1].of) == "{lab: epoll, idle: [10k, max], active: 50}"


def test_pairs_agree_in_all_axes_that_neither_side_names(tmp_path: Path) -> None:
    experiment = first(
        tmp_path,
        "    expect: [{ratio: rate, of: {lab: epoll, idle: 0}, to: {lab: select, idle: 0},"
        " at_least: 0.6, points: 2}]\n",
    )
    (expectation,) = experiment.expect
    assert isinstance(expectation, RatioExpectation)
    assert [(of.name, to.name) for of, to in pairs(experiment, expectation)] == [
        ("lab=epoll idle=0 active=1", "lab=select idle=0 active=1"),
        ("lab=epoll idle=0 active=50", "lab=select idle=0 active=50"),
    ]


def test_bounds_carry_the_unit_of_their_metric(tmp_path: Path) -> None:
    experiment = first(
        tmp_path,
        "    expect:\n"
        "      - {metric: p99, at_most: 1.5ms, points: 1.5}\n"
        "      - {metric: memory_per_connection, at_most: 10KiB}\n"
        "      - {metric: rate, at_least: 10k, at_most: 1000000}\n",
    )
    bounds = []
    for expectation in experiment.expect:
        assert isinstance(expectation, MetricExpectation)
        bounds.append((expectation.at_least, expectation.at_most, expectation.points))
    assert bounds == [(None, 1_500_000, 1.5), (None, 10_240, 0), (10_000, 1_000_000, 0)]


@pytest.mark.parametrize(
    ("rest", "quick", "timing"),
    [
        ("", False, Timing(4, 0, 2_000_000_000, 7, 30_000_000_000)),
        ("    repeat: 2\n    seed: 0\n", False, Timing(2, 0, 2_000_000_000, 0, 30_000_000_000)),
        ("    repeat: 2\n    quick: {repeat: 1}\n", False, Timing(2, 0, 2 * 10**9, 7, 30 * 10**9)),
        (
            "    repeat: 2\n    quick: {repeat: 1, duration: 1ms}\n",
            True,
            Timing(1, 0, 1_000_000, 7, 30 * 10**9),
        ),
    ],
)
def test_timing(tmp_path: Path, rest: str, quick: bool, timing: Timing) -> None:
    suite = load(lay(tmp_path, {"spec.yaml": HEAD + rest}))
    assert suite.timing(suite.experiments[0], quick=quick) == timing


def test_quick_keeps_what_any_selector_names(tmp_path: Path) -> None:
    experiment = first(tmp_path, "    quick: {only: [{idle: max}, {lab: select, active: 1}]}\n")
    assert [cell.name for cell in experiment.quick_cells()] == [
        "lab=select idle=0 active=1",
        "lab=epoll idle=max active=1",
        "lab=epoll idle=max active=50",
    ]
    assert first(tmp_path, "").quick_cells() == first(tmp_path, "").cells()
