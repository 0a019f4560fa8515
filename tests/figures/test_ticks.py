"""Marks of an axis: short, round, and never touching each other."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runner.figures import scale
from runner.figures.letters import room, spread
from runner.figures.scale import Axis, Scale
from runner.figures.ticks import named
from tests.examples import examples

UNITS = ("", "ns", "bytes", "share")
VALUES = st.lists(st.floats(1e-6, 1e12), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (10_000, "", "10k"), (1e6, "", "1M"), (0.5, "", "0.5"), (0, "", "0"), (1e7, "", "10M"),
        (5_000, "ns", "5 µs"), (1e7, "ns", "10 ms"), (2e9, "ns", "2 s"), (300, "ns", "300 ns"),
        (1024, "bytes", "1 KiB"), (1 << 22, "bytes", "4 MiB"), (0.25, "share", "25%"),
    ],
)  # fmt: skip
def test_a_mark_is_short_and_has_its_unit(value: float, unit: str, text: str) -> None:
    assert named(value, unit) == text


def separate(found: Scale, size: float | None) -> bool:
    places = sorted(found.marks)
    return all(
        b - a >= (size or (room(one) + room(other)) / 2)
        for (a, one), (b, other) in pairwise(places)
    )


@settings(deadline=None, max_examples=examples(150))
@given(VALUES, st.sampled_from(UNITS), st.sampled_from(("log", "linear")), st.integers(120, 560))
@example([10.0, 10_000_000.0], "", "log", 460)
@example([0.0, 900.0, 10_000.0, 19_886.0], "", "log", 460)
@example([7.0], "ns", "linear", 460)
def test_marks_never_touch(values: list[float], unit: str, kind: scale.Kind, width: int) -> None:
    axis = Axis("x", unit, kind)
    across, up = (
        scale.across(axis, values, 80, 80 + width),
        scale.upward(axis, values, 314, 70),
    )
    assert separate(across, None), across.marks
    assert separate(up, scale.HEIGHT), up.marks
    assert across.marks


@settings(deadline=None, max_examples=examples(60))
@given(st.lists(st.floats(0, 1 - 1e-6), min_size=1, max_size=5), st.integers(120, 560))
def test_percentiles_never_touch(shares: list[float], width: int) -> None:
    found = scale.across(Axis("p", "share", "tail"), shares, 80, 80 + width)
    assert separate(found, None), found.marks


def test_a_percentile_axis_gives_each_nine_the_same_room() -> None:
    found = scale.across(Axis("p", "share", "tail"), [0.9999], 0, 400)
    at = {name: place for place, name in found.marks}
    assert at["99%"] - at["90%"] == pytest.approx(at["99.9%"] - at["99%"])


def test_zero_stands_apart_on_a_logarithmic_axis() -> None:
    found = scale.across(Axis("idle"), [0, 900, 10_000], 0, 400)
    assert found.broken
    assert found.marks[0] == (found.place(0), "0")
    assert found.place(0) < scale.ZERO < found.place(900) < found.place(10_000)


@settings(deadline=None, max_examples=examples(100))
@given(st.lists(st.floats(0, 300), min_size=1, max_size=12))
def test_names_that_would_touch_move_apart(wanted: list[float]) -> None:
    placed = spread(wanted, 15, 0, 300)
    assert all(b - a >= 15 - 1e-6 for a, b in pairwise(sorted(placed)))
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], placed[i]))
    assert [placed[i] for i in order] == sorted(placed), "in the order of the lines"
