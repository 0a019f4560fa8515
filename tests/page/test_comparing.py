"""Two runs side by side as a page."""

from __future__ import annotations

import pytest

from runner.compare.comparison import Change, Comparison, Note, Row
from runner.compare.why import Unsound
from runner.records.outcome import Status
from runner.report.comparisons import STYLES
from runner.stats.interval import Interval
from tests.page.markup import faults, of_tag, parsed, words
from tests.page.test_page import HOSTILE, numbers


def row(name: str, change: Change, middle: float, reach: float) -> Row:
    interval = Interval(middle, middle * (1 - reach), middle * (1 + reach))
    return Row("sweep", f"lab={name}", "rate", change, interval, (0.0, 0.1), 6)


ROWS = (
    row("poll", Change.WORSE, 0.8, 0.05),
    row("epoll", Change.SAME, 1.01, 0.02),
    row("select", Change.UNCLEAR, 1.0, 0.4),
    row("uvloop", Change.BETTER, 1.3, 0.1),
    Row("limit", "lab=select", "limit", Change.CHANGED, None, None, 1, fact=("EMFILE", "none")),
    Row("sweep", "lab=fork", "", Change.UNLIKE, None, None, 0, Unsound(Status.INVALID, "busy")),
)
FOUND = Comparison("old-run", "new-run", False, 0.05, ROWS, (), (Note.ABSOLUTE,))


def test_the_page_is_valid_and_has_the_numbers_of_the_table() -> None:
    text = STYLES["html"](FOUND)
    assert faults(text) == []
    root = parsed(text)
    shown = " ".join(words(each) for each in of_tag(root, "td"))
    assert numbers(shown) <= numbers(STYLES["table"](FOUND))
    assert "EMFILE → none" in shown
    assert "INVALID: busy" in shown
    (figure,) = of_tag(root, "figure")
    titles = [words(each) for each in of_tag(figure, "title")]
    assert titles == [
        "lab=poll rate: ×0.800 [0.760, 0.840], worse",
        "lab=epoll rate: ×1.010 [0.990, 1.030], same",
        "lab=select rate: ×1.000 [0.600, 1.400], cannot tell",
        "lab=uvloop rate: ×1.300 [1.170, 1.430], better",
    ]


@pytest.mark.parametrize("rows", [(), ROWS[4:]])
def test_nothing_to_draw_is_a_page_too(rows: tuple[Row, ...]) -> None:
    text = STYLES["html"](Comparison("a", "b", True, 0.05, rows, ()))
    assert faults(text) == []
    assert not list(of_tag(parsed(text), "figure"))


def test_hostile_names_are_text() -> None:
    hostile = Row(HOSTILE, HOSTILE, HOSTILE, Change.WORSE, ROWS[0].ratio, None, 4)
    fact = Row(HOSTILE, HOSTILE, "limit", Change.CHANGED, None, None, 1, fact=(HOSTILE, HOSTILE))
    assert (
        faults(STYLES["html"](Comparison(HOSTILE, HOSTILE, False, 0.05, (hostile, fact), ()))) == []
    )
